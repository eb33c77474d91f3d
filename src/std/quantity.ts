/** Kubernetes quantities (`100m`, `1.5Gi`, `2e3`) as numbers. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** In base units (bytes, cores, counts), or undefined when the text is no quantity. */
export function parseQuantity(text: string | number | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(String(text));
  if (match === null) return undefined;
  const [, digits, exponent, suffix = ''] = match;
  return exponent === undefined ? Number(digits) * (SUFFIXES[suffix] ?? Number.NaN) : Number(`${digits}${exponent}`);
}
