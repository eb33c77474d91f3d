/**
 * A quantity as the server writes it back: no fraction, the largest suffix that fits, the family (decimal, binary,
 * exponent) kept. `0.5` → `500m`, `1024Mi` → `1Gi`. https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
 */

export const QUANTITY_PROBLEM =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Smallest amount told apart: 1e-9. Anything smaller is rounded up. */
const NANO = 9;

/** Undefined when the text is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponentMark, exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const negative = sign === '-';
  const digits = BigInt(`${whole}${fraction}` || '0');
  if (digits === 0n) return '0';
  if (suffix.endsWith('i')) return binary(digits, fraction.length, { suffix, negative });
  const power = exponentMark ? Number(exponent) : (DECIMAL.indexOf(suffix) - 3) * 3;
  const nanos = scaled(digits, power - fraction.length + NANO);
  return `${negative ? '-' : ''}${exponentMark ? exponentForm(nanos) : decimal(nanos)}`;
}

/** digits × 10^power, rounded away from zero. */
function scaled(digits: bigint, power: number): bigint {
  if (power >= 0) return digits * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (digits + divisor - 1n) / divisor;
}

function decimal(nanos: bigint): string {
  let value = nanos;
  let index = 0;
  while (value % 1000n === 0n && index < DECIMAL.length - 1) {
    value /= 1000n;
    index++;
  }
  return `${value}${DECIMAL[index]}`;
}

function exponentForm(nanos: bigint): string {
  let value = nanos;
  let exponent = -NANO;
  while (value % 1000n === 0n) {
    value /= 1000n;
    exponent += 3;
  }
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}

function binary(
  digits: bigint,
  places: number,
  { suffix, negative }: { readonly suffix: string; readonly negative: boolean },
): string {
  const bytes = digits * 1024n ** BigInt(BINARY.indexOf(suffix));
  const unit = 10n ** BigInt(places);
  const sign = negative ? '-' : '';
  if (bytes % unit !== 0n) {
    // Less than one byte left over: written in thousandths or smaller.
    return `${sign}${decimal(scaled(bytes, NANO - places))}`;
  }
  let value = bytes / unit;
  let index = 0;
  while (value % 1024n === 0n && index < BINARY.length - 1) {
    value /= 1024n;
    index++;
  }
  return `${sign}${value}${BINARY[index]}`;
}
