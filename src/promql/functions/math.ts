/** Functions of one number. Go's results where JavaScript's differ. */

const round = (value: number, nearest: number): number => {
  // Rounding by the inverse keeps `round(x, 0.1)` free of 0.30000000000000004.
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
};

/** The further arguments are scalars, with the value for those left out. */
export const MATH_FUNCTIONS: Readonly<Record<string, (value: number, ...scalars: number[]) => number>> = {
  abs: (value) => Math.abs(value),
  acos: (value) => Math.acos(value),
  acosh: (value) => Math.acosh(value),
  asin: (value) => Math.asin(value),
  asinh: (value) => Math.asinh(value),
  atan: (value) => Math.atan(value),
  atanh: (value) => Math.atanh(value),
  ceil: (value) => Math.ceil(value),
  cos: (value) => Math.cos(value),
  cosh: (value) => Math.cosh(value),
  deg: (value) => (value * 180) / Math.PI,
  exp: (value) => Math.exp(value),
  floor: (value) => Math.floor(value),
  ln: (value) => Math.log(value),
  log10: (value) => Math.log10(value),
  log2: (value) => Math.log2(value),
  rad: (value) => (value * Math.PI) / 180,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: (value) => Math.sin(value),
  sinh: (value) => Math.sinh(value),
  sqrt: (value) => Math.sqrt(value),
  tan: (value) => Math.tan(value),
  tanh: (value) => Math.tanh(value),
  clamp: (value, least = 0, most = 0) => Math.max(least, Math.min(most, value)),
  clamp_max: (value, most = 0) => Math.min(most, value),
  clamp_min: (value, least = 0) => Math.max(least, value),
  round: (value, nearest = 1) => round(value, nearest),
};
