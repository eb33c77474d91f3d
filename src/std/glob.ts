/** Names have at most so many characters. */
const MAX_NAME = 253;

/**
 * How many characters are compared at most to match a name. What stands between two stars may be tried anew at each
 * character of the name; what stands before the first or after the last star has one place.
 */
export function globSteps(pattern: string): number {
  const stars = pattern.split('*').length - 1;
  return stars < 2 ? pattern.length : MAX_NAME * pattern.length;
}

/**
 * Name patterns of `excludeNames` and `protectedResources`: `*` any run of characters, `?` one character, the rest
 * literal. Case-sensitive.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  // Greedy with a single point to fall back to: never exponential, since patterns come from tenants.
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (p < pattern.length && pattern[p] !== '*' && fits(pattern[p], name[n])) {
      p++;
      n++;
    } else if (pattern[p] === '*') {
      star = p++;
      resume = n;
      if (!pattern.includes('*', p)) return endsWith(pattern.slice(p), name.slice(n));
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

const fits = (one: string | undefined, character: string | undefined): boolean => one === '?' || one === character;

/** The part after the last star. */
function endsWith(tail: string, rest: string): boolean {
  const from = rest.length - tail.length;
  if (from < 0) return false;
  for (let at = 0; at < tail.length; at++) if (!fits(tail[at], rest[from + at])) return false;
  return true;
}
