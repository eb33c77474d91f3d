/**
 * Kubernetes quantities and semantic versions.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library
 */
import { CelError, noSuchOverload } from '../errors.ts';
import { type Declaration, declare, int, str } from '../functions.ts';
import { Opaque, type Value } from '../values.ts';

/**
 * value = digits × 10^-9; below a nano a quantity rounds up.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/** In billionths; undefined when the text is no quantity. */
export function parseQuantityNanos(text: string): bigint | undefined {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|([numkMGTPE]?)|[eE]([+-]?\d{1,3}))$/.exec(text);
  if (!match) return undefined;
  const [, sign, number = '', binary, decimal, exponent] = match;
  const [whole = '', fraction = ''] = number.split('.');
  let digits = BigInt(whole + fraction || '0') * NANO;
  if (binary !== undefined) digits <<= BINARY[binary] ?? 0n;
  const power =
    (binary === undefined ? (exponent === undefined ? (DECIMAL[decimal ?? ''] ?? 0) : Number(exponent)) : 0) -
    fraction.length;
  if (power >= 0) digits *= 10n ** BigInt(power);
  else {
    const divisor = 10n ** BigInt(-power);
    digits = (digits + divisor - 1n) / divisor;
  }
  return sign === '-' ? -digits : digits;
}

class Quantity extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly nanos: bigint;
  /** Kept as a decimal fraction there, which is never taken for an integer: `1.5Gi`. */
  readonly fraction: boolean;
  constructor(nanos: bigint, fraction = false) {
    super();
    this.nanos = nanos;
    this.fraction = fraction;
  }
  equals(other: Opaque): boolean {
    return other instanceof Quantity && other.nanos === this.nanos;
  }
}

const nanos = (value: Value | undefined): bigint => {
  if (!(value instanceof Quantity)) throw noSuchOverload();
  return value.nanos;
};
const order = (a: bigint, b: bigint): bigint => (a < b ? -1n : a > b ? 1n : 0n);
const isInt64 = (value: bigint): boolean => value % NANO === 0n && BigInt.asIntN(64, value / NANO) === value / NANO;

function quantity(text: string): Quantity {
  const parsed = parseQuantityNanos(text);
  if (parsed === undefined)
    throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  return new Quantity(parsed, /\.\d.*i$/.test(text));
}

const isFraction = (value: Value | undefined): boolean => value instanceof Quantity && value.fraction;
const isInteger = (value: Value | undefined): boolean => !isFraction(value) && isInt64(nanos(value));
const sum = (a: Value | undefined, b: Value | undefined, sign: 1n | -1n): Quantity =>
  new Quantity(nanos(a) + sign * nanos(b), isFraction(a) || isFraction(b));
const sumWith = (a: Value | undefined, whole: bigint): Quantity => new Quantity(nanos(a) + whole * NANO, isFraction(a));

const QUANTITIES: readonly Declaration[] = [
  declare('quantity(string): kubernetes.Quantity', ([a]) => quantity(str(a))),
  declare('isQuantity(string): bool', ([a]) => parseQuantityNanos(str(a)) !== undefined),
  // Declared there as a function, against its documentation.
  declare('sign(kubernetes.Quantity): int', ([a]) => order(nanos(a), 0n)),
  declare('kubernetes.Quantity->isGreaterThan(kubernetes.Quantity): bool', ([a, b]) => nanos(a) > nanos(b)),
  declare('kubernetes.Quantity->isLessThan(kubernetes.Quantity): bool', ([a, b]) => nanos(a) < nanos(b)),
  declare('kubernetes.Quantity->compareTo(kubernetes.Quantity): int', ([a, b]) => order(nanos(a), nanos(b))),
  declare('kubernetes.Quantity->asApproximateFloat(): double', ([a]) => Number(nanos(a)) / Number(NANO)),
  declare('kubernetes.Quantity->asInteger(): int', ([a]) => {
    if (!isInteger(a)) throw new CelError('cannot convert value to integer');
    return nanos(a) / NANO;
  }),
  declare('kubernetes.Quantity->isInteger(): bool', ([a]) => isInteger(a)),
  declare('kubernetes.Quantity->add(kubernetes.Quantity): kubernetes.Quantity', ([a, b]) => sum(a, b, 1n)),
  declare('kubernetes.Quantity->add(int): kubernetes.Quantity', ([a, b]) => sumWith(a, int(b))),
  declare('kubernetes.Quantity->sub(kubernetes.Quantity): kubernetes.Quantity', ([a, b]) => sum(a, b, -1n)),
  declare('kubernetes.Quantity->sub(int): kubernetes.Quantity', ([a, b]) => sumWith(a, -int(b))),
];

class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver';
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
  constructor(numbers: readonly [bigint, bigint, bigint], pre: readonly string[]) {
    super();
    this.numbers = numbers;
    this.pre = pre;
  }
  equals(other: Opaque): boolean {
    return other instanceof Semver && orderSemver(this, other) === 0n;
  }
}

function parseSemver(text: string, normalize?: 'normalize'): Semver | undefined {
  const source = normalize ? normalized(text) : text;
  const match =
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.exec(
      source,
    );
  if (!match) return undefined;
  const [, major = '0', minor = '0', patch = '0', pre = ''] = match;
  if (pre.split('.').some((part) => /^0\d+$/.test(part))) return undefined;
  return new Semver([BigInt(major), BigInt(minor), BigInt(patch)], pre === '' ? [] : pre.split('.'));
}

/** Without a leading `v`, without leading zeros, with all three numbers. */
function normalized(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([0-9.]*)(.*)$/s.exec(text) ?? [];
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}

/** https://semver.org/#spec-item-11 */
function orderSemver(a: Semver, b: Semver): bigint {
  for (let i = 0; i < 3; i++) {
    const part = order(a.numbers[i] ?? 0n, b.numbers[i] ?? 0n);
    if (part !== 0n) return part;
  }
  if (a.pre.length === 0 || b.pre.length === 0)
    return order(BigInt(b.pre.length === 0 ? 0 : 1), BigInt(a.pre.length === 0 ? 0 : 1));
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const part = orderIdentifier(a.pre[i], b.pre[i]);
    if (part !== 0n) return part;
  }
  return 0n;
}

function orderIdentifier(a: string | undefined, b: string | undefined): bigint {
  if (a === undefined || b === undefined) return a === b ? 0n : a === undefined ? -1n : 1n;
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return order(BigInt(a), BigInt(b));
  if (x !== y) return x ? -1n : 1n;
  return a < b ? -1n : a > b ? 1n : 0n;
}

const semverOf = (value: Value | undefined): Semver => {
  if (!(value instanceof Semver)) throw noSuchOverload();
  return value;
};
const semver = (text: string, normalize?: 'normalize'): Semver => {
  const parsed = parseSemver(text, normalize);
  if (!parsed) throw new CelError('No Major.Minor.Patch elements found');
  return parsed;
};
const mode = (value: Value | undefined) => (value === true ? 'normalize' : undefined);

const SEMVERS: readonly Declaration[] = [
  declare('semver(string): kubernetes.Semver', ([a]) => semver(str(a))),
  declare('semver(string, bool): kubernetes.Semver', ([a, b]) => semver(str(a), mode(b))),
  declare('isSemver(string): bool', ([a]) => parseSemver(str(a)) !== undefined),
  declare('isSemver(string, bool): bool', ([a, b]) => parseSemver(str(a), mode(b)) !== undefined),
  declare(
    'kubernetes.Semver->isGreaterThan(kubernetes.Semver): bool',
    ([a, b]) => orderSemver(semverOf(a), semverOf(b)) > 0n,
  ),
  declare(
    'kubernetes.Semver->isLessThan(kubernetes.Semver): bool',
    ([a, b]) => orderSemver(semverOf(a), semverOf(b)) < 0n,
  ),
  declare('kubernetes.Semver->compareTo(kubernetes.Semver): int', ([a, b]) => orderSemver(semverOf(a), semverOf(b))),
  declare('kubernetes.Semver->major(): int', ([a]) => semverOf(a).numbers[0]),
  declare('kubernetes.Semver->minor(): int', ([a]) => semverOf(a).numbers[1]),
  declare('kubernetes.Semver->patch(): int', ([a]) => semverOf(a).numbers[2]),
];

export const QUANTITY_LIBRARY: readonly Declaration[] = [...QUANTITIES, ...SEMVERS];
