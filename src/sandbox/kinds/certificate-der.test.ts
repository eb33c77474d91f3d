/** Messages are those of Go's crypto/x509 and encoding/asn1. */
import { expect, test } from 'vitest';
import { OF_DEVELOPERS, OF_MASTERS } from '../test-kit/certificate-requests.ts';
import { requestedOrganizations } from './certificate-der.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const pem = (der: readonly number[], type = 'CERTIFICATE REQUEST') =>
  base64(`-----BEGIN ${type}-----\n${Buffer.from(der).toString('base64')}\n-----END ${type}-----\n`);

test('a request names the organizations of who asks', () => {
  expect(requestedOrganizations(base64(OF_DEVELOPERS))).toEqual({ organizations: ['developers'] });
  expect(requestedOrganizations(base64(OF_MASTERS))).toEqual({ organizations: ['system:masters'] });
});

test.each([
  ['no PEM', base64('hello'), 'PEM block type must be CERTIFICATE REQUEST'],
  ['another block', pem([0x30, 0], 'CERTIFICATE'), 'PEM block type must be CERTIFICATE REQUEST'],
  ['an empty block', pem([]), 'asn1: syntax error: sequence truncated'],
  ['a block that is cut off', pem([0x30, 0x05, 0x02]), 'asn1: syntax error: data truncated'],
  ['something behind it', base64(OF_DEVELOPERS.replace('sic0A', 'sic0AAAAA')), 'asn1: syntax error: trailing data'],
  [
    'something else',
    pem([0x02, 0x01, 0x00]),
    "asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} certificateRequest @2",
  ],
])('%s is no request', (_, request, problem) => {
  expect(requestedOrganizations(request)).toEqual({ problem });
});
