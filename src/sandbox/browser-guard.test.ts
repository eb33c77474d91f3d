import { describe, expect, it } from 'vitest';
import { foreignRequest } from './browser-guard.ts';

describe('a request to the sandbox', () => {
  it.each([
    ['by its address', { host: '127.0.0.1:8080' }],
    ['by its address of version 6', { host: '[::1]:8080' }],
    ['by localhost', { host: 'localhost:8080' }],
    ['by the name it was given', { host: 'sandbox.test:8080' }],
    ['of a page that it served itself', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }],
  ])('%s is taken', (_title, headers) => {
    expect(foreignRequest(headers, 'sandbox.test')).toBeUndefined();
  });

  it.each([
    ['by a name that somebody made resolve here', { host: 'evil.example:8080' }],
    ['by a name that begins like an address', { host: '127.0.0.1.evil.example' }],
    ['without any name', {}],
    ['of a page of another site', { host: '127.0.0.1:8080', origin: 'https://evil.example' }],
    ['of a page of another port', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9090' }],
    ['of a page without origin', { host: '127.0.0.1:8080', origin: 'null' }],
  ])('%s is refused', (_title, headers) => {
    expect(foreignRequest(headers, 'sandbox.test')).toBeTypeOf('string');
  });
});
