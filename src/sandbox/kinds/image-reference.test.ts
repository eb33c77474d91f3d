import { expect, test } from 'vitest';
import { pullPolicy } from './image-reference.ts';

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['localhost:5000/a/b', 'Always'],
  ['registry.example.com:5000/a/b:latest', 'Always'],
  ['registry.example.com:5000/a/b:v1', 'IfNotPresent'],
  [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
  [`nginx:latest@sha256:${'a'.repeat(64)}`, 'Always'],
  [`nginx@sha256:${'a'.repeat(63)}`, 'IfNotPresent'],
  ['a'.repeat(64), 'IfNotPresent'],
  ['-a-', 'IfNotPresent'],
  ['a//b', 'IfNotPresent'],
  ['Nginx', 'IfNotPresent'],
  ['nginx:latestnginx:latest', 'IfNotPresent'],
  ['a'.repeat(300), 'IfNotPresent'],
  ['', 'IfNotPresent'],
])('%s is pulled: %s', (image, policy) => {
  expect(pullPolicy(image)).toBe(policy);
});
