/**
 * A certificate for a server on this machine, which trusts itself: X.509 as RFC 5280 has it, in DER, since node makes
 * none. A client that is given it as its authority needs nothing else.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Instant } from '../../std/clock.ts';

const DAY_MS = 86_400_000;
/** Of a machine whose clock is behind. */
const BEFORE_MS = DAY_MS;
/** Longer than any test cluster runs; no client of a cluster refuses it for its length. */
const AFTER_MS = 3650 * DAY_MS;

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const BOOLEAN_TRUE = Buffer.from([0x01, 0x01, 0xff]);
/** Context-specific: the version, extensions; a DNS name and an address among alternative names. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** Object identifiers by their encoded bytes. */
const oid = (hex: string): Buffer => der(OID, Buffer.from(hex, 'hex'));
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const KEY_USAGE = oid('551d0f');
const SUBJECT_ALT_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');
const EXTENDED_KEY_USAGE = oid('551d25');
const SERVER_AUTH = oid('2b06010505070301');
/** digitalSignature and keyCertSign: the bits 0 and 5, two bits of the byte unused. */
const SIGN_AND_CERTIFY = der(BIT_STRING, Buffer.from([2, 0x84]));

const nameOf = (commonName: string): Buffer =>
  der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))));

/** RFC 5280, 4.1.2.5: two digits of the year through 2049, four from 2050 on. */
function timeOf(at: Instant): Buffer {
  const digits = new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '');
  return digits < '2050' ? der(UTC_TIME, Buffer.from(digits.slice(2))) : der(GENERALIZED_TIME, Buffer.from(digits));
}

const extension = (id: Buffer, value: Buffer, critical: 'critical' | 'optional'): Buffer =>
  der(SEQUENCE, id, ...(critical === 'critical' ? [BOOLEAN_TRUE] : []), der(OCTET_STRING, value));

function pem(contents: Buffer): string {
  const lines = contents.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** The names by which pods and people reach an API server. */
const NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) =>
  der(DNS_NAME, Buffer.from(name)),
);
const LOOPBACK = [Buffer.from([127, 0, 0, 1]), Buffer.from(`${'00'.repeat(15)}01`, 'hex')].map((address) =>
  der(IP_ADDRESS, address),
);

/** PEM of a certificate and of its key, new at each call; good for loopback addresses and `localhost`. */
export function selfSignedCertificate(now: Instant): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = nameOf('kubeskippy-sandbox');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // As many keys as there are, so many numbers. Positive, and without a leading zero byte: the first bit is off, the
  // second on.
  const serial = createHash('sha256').update(spki).digest().subarray(0, 16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, timeOf(now - BEFORE_MS), timeOf(now + AFTER_MS)),
    name,
    spki,
    der(
      EXTENSIONS,
      der(
        SEQUENCE,
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, BOOLEAN_TRUE), 'critical'),
        extension(KEY_USAGE, SIGN_AND_CERTIFY, 'critical'),
        extension(EXTENDED_KEY_USAGE, der(SEQUENCE, SERVER_AUTH), 'optional'),
        extension(SUBJECT_ALT_NAME, der(SEQUENCE, ...NAMES, ...LOOPBACK), 'optional'),
      ),
    ),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  return {
    cert: pem(der(SEQUENCE, body, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
