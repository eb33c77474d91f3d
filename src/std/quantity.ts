/**
 * Kubernetes quantities (`500m`, `1.5Gi`, `2e3`).
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

export interface Quantity {
  /** Billionths, exactly: the API server keeps no smaller fraction (it rounds up, away from zero). */
  readonly nano: bigint;
  readonly format: 'BinarySI' | 'DecimalSI' | 'DecimalExponent';
}

const NANO = 1_000_000_000n;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
/** Powers of ten, least first. */
const DECIMAL: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];
const SHAPE = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
/** Exponents beyond this are outside what the API server keeps (2^63-1 with up to 18 decimal places). */
const MAX_EXPONENT = 36;
const MAX_DIGITS = 64;

/** Undefined for anything that the API server would not read. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = text.length > MAX_DIGITS ? null : SHAPE.exec(text);
  if (!match) return undefined;
  const [, sign, number = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}`);
  const scaled = (numerator: bigint, exponent: number): bigint => {
    const power = exponent - fraction.length + 9;
    if (power >= 0) return numerator * 10n ** BigInt(power);
    const divisor = 10n ** BigInt(-power);
    return (numerator + divisor - 1n) / divisor;
  };
  const signed = (nano: bigint) => (sign === '-' ? -nano : nano);
  const binary = BINARY.indexOf(suffix as (typeof BINARY)[number]);
  if (binary > 0) return { nano: signed(scaled(digits * 1024n ** BigInt(binary), 0)), format: 'BinarySI' };
  const decimal = DECIMAL.find(([name]) => name === suffix);
  if (decimal) return { nano: signed(scaled(digits, decimal[1])), format: 'DecimalSI' };
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { nano: signed(scaled(digits, exponent)), format: 'DecimalExponent' };
}

export const compareQuantity = (a: Quantity, b: Quantity): -1 | 0 | 1 =>
  a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;

/** As a double: for ratios and display, not for equality. */
export const quantityNumber = (quantity: Quantity): number =>
  Number(quantity.nano / NANO) + Number(quantity.nano % NANO) / 1e9;

/** Canonical: an integer with the largest suffix that loses nothing. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const size = nano < 0n ? -nano : nano;
  // As the API server: a binary quantity below 1024 or with a fraction has no binary suffix.
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) {
    let rest = size / NANO;
    let step = 0;
    while (step < BINARY.length - 1 && rest % 1024n === 0n) {
      rest /= 1024n;
      step++;
    }
    return `${sign}${rest}${BINARY[step]}`;
  }
  for (const [suffix, exponent] of DECIMAL.toReversed()) {
    const unit = 10n ** BigInt(exponent + 9);
    if (size % unit !== 0n) continue;
    const shown = format === 'DecimalExponent' && exponent !== 0 ? `e${exponent}` : suffix;
    return `${sign}${size / unit}${shown}`;
  }
  return `${sign}${size}n`;
}
