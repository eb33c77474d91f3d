import { expect, test } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { ApiServer } from '../apiserver/server.ts';
import { encodeOpenApiV2, OPENAPI_PROTOBUF } from './openapi-protobuf.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const ascii = (text: string): string => Buffer.from(text).toString('hex');

test('a definition is written with the field numbers of OpenAPIv2.proto', () => {
  const document = { swagger: '2.0', definitions: { A: { type: 'string', maxLength: 300, minimum: 1 } } };
  const type = `b201080a06${ascii('string')}`;
  const schema = `49000000000000f03f58ac02${type}`;
  const named = `0a01${ascii('A')}12${(schema.length / 2).toString(16).padStart(2, '0')}${schema}`;
  const definitions = `0a${(named.length / 2).toString(16)}${named}`;
  // Numbers before the type, each behind the one that was written after it.
  const expected = `0a03${ascii('2.0')}120042004a${(definitions.length / 2).toString(16)}${definitions}`;
  expect(hex(encodeOpenApiV2(document))).toBe(expected);
});

test('lists keep their order, and extensions are carried as YAML', () => {
  const bytes = encodeOpenApiV2({
    definitions: { A: { required: ['first', 'second'], 'x-kubernetes-list-map-keys': ['k'] } },
  });
  const text = bytes.toString('latin1');
  expect(text.indexOf('first')).toBeLessThan(text.indexOf('second'));
  expect(text).toContain('x-kubernetes-list-map-keys');
  expect(text).toContain('["k"]');
});

test.each([
  [OPENAPI_PROTOBUF, OPENAPI_PROTOBUF],
  ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', OPENAPI_PROTOBUF],
  ['application/json', 'application/json'],
])('whoever accepts %s gets the document as %s', async (accept, contentType) => {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  const answer = await server.handle({ method: 'GET', path: '/openapi/v2', headers: { accept } });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe(contentType);
});
