/** Checks that several kinds share, in the words of k8s.io/kubernetes/pkg/apis/core/validation. */
import { isIP } from 'node:net';
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { asObject, asText, type Draft, equalJson } from '../machinery/json.ts';
import { ofEach } from '../machinery/together.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';

const CONFIG_KEY = '[-._a-zA-Z0-9]+';
/** Names of keys become file names. */
const MAX_KEY_BYTES = 253;

export const atLeastZero = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'number' && value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : [];

export const aboveZero = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'number' && value <= 0 ? [invalidValue(field, value, 'must be greater than 0')] : [];

/** As InclusiveRangeError of k8s.io/apimachinery/pkg/util/validation words it. */
export const between = (
  range: readonly [low: number, high: number],
  value: unknown,
  field: string,
): readonly FieldError[] =>
  typeof value === 'number' && (value < range[0] || value > range[1])
    ? [invalidValue(field, value, `must be between ${range[0]} and ${range[1]}, inclusive`)]
    : [];

export const portNumber = (value: unknown, field: string): readonly FieldError[] => between([1, 65_535], value, field);

/** IANA service names, as ports have them. */
export function portNameProblems(name: string): readonly string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)');
  if (name.includes('--')) problems.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** A port by number, or by the name that a container gives it. An absent one is port 0. */
export const portNumberOrName = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'string'
    ? portNameProblems(value).map((problem) => invalidValue(field, value, problem))
    : portNumber(value ?? 0, field);

/** What `problemsOf` finds, at the field. */
export const textErrors = (
  value: string,
  field: string,
  problemsOf: (value: string) => readonly string[],
): readonly FieldError[] => ofEach(problemsOf(value), (problem) => [invalidValue(field, value, problem)]);

/** Supported values in the order given; `notSupported` sorts them. */
export const oneOf = (value: unknown, field: string, supported: readonly string[]): readonly FieldError[] =>
  supported.includes(asText(value))
    ? []
    : [
        {
          type: 'FieldValueNotSupported',
          field,
          badValue: value ?? '',
          detail: `supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
        },
      ];

export function ipAddress(value: string, field: string): readonly FieldError[] {
  const plain = withoutLeadingZeros(value);
  if (isIP(plain) === 0)
    return [invalidValue(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  if (plain !== value) return [invalidValue(field, value, 'must not have leading 0s')];
  return isMapped(value) ? [invalidValue(field, value, 'must not be an IPv4-mapped IPv6 address')] : [];
}

/** Old parsers took 010.1.1.1 for 10.1.1.1. */
const withoutLeadingZeros = (address: string): string =>
  isIP(address) === 0 && /^[\d.]+$/.test(address) ? address.replaceAll(/(^|\.)0+(?=\d)/g, '$1') : address;

const isMapped = (address: string): boolean => isIP(address) === 6 && /^(0*:)*:?:?ffff:[^:]*\.[^:]*$/i.test(address);

/** Traffic of Services and endpoints does not go there. */
export function specialAddress(value: string, field: string): readonly FieldError[] {
  if (isIP(value) === 0) return [invalidValue(field, value, 'must be a valid IP address')];
  const plain = value.toLowerCase();
  const errors: FieldError[] = [];
  if (plain === '0.0.0.0' || plain === '::')
    errors.push(invalidValue(field, value, `may not be unspecified (${value})`));
  if (plain.startsWith('127.') || plain === '::1')
    errors.push(invalidValue(field, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  if (plain.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(plain))
    errors.push(invalidValue(field, value, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  if (plain.startsWith('224.0.0.') || /^ff[0-9a-f]2:/.test(plain))
    errors.push(invalidValue(field, value, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  return errors;
}

/** An address and how many of its bits count. */
export function addressRange(value: string, field: string): readonly FieldError[] {
  const [given = '', length = '', ...rest] = value.split('/');
  const [address, bits] = [withoutLeadingZeros(given), Number(length)];
  const family = isIP(address);
  const fits = family !== 0 && /^\d+$/.test(length) && bits <= (family === 4 ? 32 : 128) && rest.length === 0;
  const refused = (detail: string) => [invalidValue(field, value, detail)];
  if (!fits) return refused('must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
  if (address !== given || length !== String(bits)) return refused('must not have leading 0s in IP or prefix length');
  if (isMapped(address)) return refused('must not have an IPv4-mapped IPv6 address');
  return hasBitsBeyond(address, bits) ? refused('must not have bits set beyond the prefix length') : [];
}

const HEXTETS = 8;

function hasBitsBeyond(address: string, bits: number): boolean {
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`)));
  if (isIP(address) === 4) return bitsBeyond(address.split('.').map(BigInt), 8n, 32 - bits);
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const missing = Array.from({ length: HEXTETS - before.length - after.length }, () => 0n);
  return bitsBeyond([...before, ...missing, ...after], 16n, 128 - bits);
}

function bitsBeyond(parts: readonly bigint[], width: bigint, free: number): boolean {
  const whole = parts.reduce((sum, part) => (sum << width) | part, 0n);
  return (whole & ((1n << BigInt(free)) - 1n)) !== 0n;
}

const MOST_DRIVER_BYTES = 63;

/** The name that a CSI driver goes by. */
export function driverNameErrors(driver: string, field: string): readonly FieldError[] {
  if (driver === '') return [required(field)];
  return [
    ...(driver.length > MOST_DRIVER_BYTES ? [tooLong(field, MOST_DRIVER_BYTES)] : []),
    ...dnsSubdomainProblems(driver.toLowerCase()).map((problem) => invalidValue(field, driver, problem)),
  ];
}

/** A number of at least 0 or a percentage. */
export function intOrPercent(value: unknown, field: string): readonly FieldError[] {
  if (typeof value === 'number') return atLeastZero(value, field);
  if (typeof value !== 'string' || /^[0-9]+%$/.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidValue(field, value, detail)];
}

export const atMostWhole = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100
    ? [invalidValue(field, value, 'must not be greater than 100%')]
    : [];

/** Of the keys of ConfigMaps and Secrets, in the order of the object. */
export function configKeyErrors(data: unknown, field: string): readonly FieldError[] {
  return Object.keys(asObject(data) ?? {}).flatMap((key) => textErrors(key, `${field}[${key}]`, configKeyProblems));
}

export function configKeyProblems(key: string): readonly string[] {
  const problems: string[] = [];
  if (key.length > MAX_KEY_BYTES) problems.push(`must be no more than ${MAX_KEY_BYTES} characters`);
  if (!new RegExp(`^${CONFIG_KEY}$`).test(key)) {
    problems.push(
      `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${CONFIG_KEY}')`,
    );
  }
  if (key === '.' || key === '..') problems.push(`must not be '${key}'`);
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** What `immutable: true` holds fast. */
export function immutableErrors(
  object: Draft,
  old: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): readonly FieldError[] {
  if (old['immutable'] !== true) return [];
  const fixed = (field: string) => forbiddenField(field, 'field is immutable when `immutable` is set');
  const errors = object['immutable'] === true ? [] : [fixed('immutable')];
  for (const field of fields) if (!equalJson(object[field] ?? {}, old[field] ?? {})) errors.push(fixed(field));
  return errors;
}
