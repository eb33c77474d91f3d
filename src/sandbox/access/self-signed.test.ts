import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { selfSignedCertificate } from './self-signed.ts';

const DAY_MS = 86_400_000;

it('signs itself, for the names of this machine', () => {
  const { cert, key } = selfSignedCertificate(Date.UTC(2026, 0, 1));
  const read = new X509Certificate(cert);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.ca).toBe(true);
  expect([read.checkIP('127.0.0.1'), read.checkIP('::1'), read.checkIP('10.0.0.1')]).toEqual([
    '127.0.0.1',
    '::1',
    undefined,
  ]);
  expect([read.checkHost('localhost'), read.checkHost('example.com')]).toEqual(['localhost', undefined]);
  expect(key).toContain('PRIVATE KEY');
});

it.each([
  ['before 2050', Date.UTC(2026, 0, 1)],
  ['across 2050', Date.UTC(2045, 0, 1)],
  ['after 2050', Date.UTC(2060, 5, 5, 12, 30, 1)],
])('is good from a day before its making for ten years: %s', (_, now) => {
  const read = new X509Certificate(selfSignedCertificate(now).cert);
  expect([Date.parse(read.validFrom), Date.parse(read.validTo)]).toEqual([now - DAY_MS, now + 3650 * DAY_MS]);
});

it('has a key and a number of its own each time', () => {
  const [one, other] = [selfSignedCertificate(0), selfSignedCertificate(0)].map(
    ({ cert }) => new X509Certificate(cert),
  );
  expect(one?.serialNumber).not.toBe(other?.serialNumber);
  expect(one?.publicKey.export({ type: 'spki', format: 'pem' })).not.toBe(
    other?.publicKey.export({ type: 'spki', format: 'pem' }),
  );
});
