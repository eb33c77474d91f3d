/**
 * The subject of a PKCS #10 request, read as Go's crypto/x509 does: ParseCSR of k8s.io/kubernetes
 * pkg/apis/certificates. The signature is not looked at, there as here.
 */

interface Element {
  readonly tag: number;
  readonly body: Uint8Array;
  readonly rest: Uint8Array;
}

/** Why a text of ASN.1 cannot be read, in the words of Go's encoding/asn1. */
class DerError extends Error {}

const [INTEGER, BIT_STRING, OBJECT_ID, SEQUENCE, SET, ATTRIBUTES] = [0x02, 0x03, 0x06, 0x30, 0x31, 0xa0];
/** id-at-organizationName, encoded. */
const ORGANIZATION = '55040a';

function element(bytes: Uint8Array): Element {
  const [tag, first] = bytes;
  if (tag === undefined) throw new DerError('asn1: syntax error: sequence truncated');
  if (first === undefined) throw new DerError('asn1: syntax error: truncated tag or length');
  let [length, head] = [first, 2];
  if (first >= 0x80) {
    const digits = first & 0x7f;
    if (digits === 0) throw new DerError('asn1: syntax error: indefinite length found (not DER)');
    if (digits > 4) throw new DerError('asn1: structure error: length too large');
    length = 0;
    for (const digit of bytes.subarray(2, 2 + digits)) length = length * 256 + digit;
    head += digits;
    if (bytes.length < head) throw new DerError('asn1: syntax error: truncated tag or length');
  }
  if (bytes.length < head + length) throw new DerError('asn1: syntax error: data truncated');
  return { tag, body: bytes.subarray(head, head + length), rest: bytes.subarray(head + length) };
}

/** `field` and `kind` are what Go calls the field that is read. */
function expected(bytes: Uint8Array, tag: number, kind: string): Element {
  const found = element(bytes);
  if (found.tag !== tag) throw mismatch(found, tag, kind);
  return found;
}

function mismatch({ tag, body }: Element, wanted: number, kind: string): DerError {
  const seen = `{class:${tag >> 6} tag:${tag & 0x1f} length:${body.length} isCompound:${(tag & 0x20) !== 0}}`;
  const options =
    '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';
  return new DerError(`asn1: structure error: tags don't match (${wanted & 0x1f} vs ${seen}) ${options} ${kind} @2`);
}

function* elements(bytes: Uint8Array): Generator<Element> {
  for (let rest = bytes; rest.length > 0; ) {
    const next = element(rest);
    yield next;
    rest = next.rest;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function organizationsOf(name: Uint8Array): readonly string[] {
  const found: string[] = [];
  for (const set of elements(name)) {
    if (set.tag !== SET) throw mismatch(set, SET, 'RelativeDistinguishedNameSET');
    for (const pair of elements(set.body)) {
      const type = expected(pair.body, OBJECT_ID, 'ObjectIdentifier');
      if (hex(type.body) === ORGANIZATION) found.push(Buffer.from(element(type.rest).body).toString('utf8'));
    }
  }
  return found;
}

function organizationsIn(der: Uint8Array): readonly string[] {
  const request = expected(der, SEQUENCE, 'certificateRequest');
  if (request.rest.length > 0) throw new DerError('asn1: syntax error: trailing data');
  const about = expected(request.body, SEQUENCE, 'tbsCertificateRequest');
  const version = expected(about.body, INTEGER, 'int');
  const subject = expected(version.rest, SEQUENCE, 'RawValue');
  const key = expected(subject.rest, SEQUENCE, 'publicKeyInfo');
  if (key.rest.length > 0) expected(key.rest, ATTRIBUTES, 'RawValue');
  const algorithm = expected(about.rest, SEQUENCE, 'AlgorithmIdentifier');
  expected(algorithm.rest, BIT_STRING, 'BitString');
  return organizationsOf(subject.body);
}

const BLOCK = /-----BEGIN ([^\n-]+)-----\r?\n(?:[^\n:]+:[^\n]*\n)*([A-Za-z0-9+/=\s]*)-----END \1-----/;

/** The organizations of who asks, or why the request cannot be read. */
export function requestedOrganizations(
  request: string,
): { readonly organizations: readonly string[] } | { readonly problem: string } {
  const [, type, body = ''] = BLOCK.exec(Buffer.from(request, 'base64').toString('latin1')) ?? [];
  if (type !== 'CERTIFICATE REQUEST') return { problem: 'PEM block type must be CERTIFICATE REQUEST' };
  try {
    return { organizations: organizationsIn(Buffer.from(body, 'base64')) };
  } catch (cause) {
    if (cause instanceof DerError) return { problem: cause.message };
    throw cause;
  }
}
