/**
 * Name patterns of `excludeNames` and `protectedResources`: `*` any run of characters, `?` one character, the rest
 * literal. Case-sensitive.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  // Greedy with a single point to fall back to: linear in practice, never exponential, since patterns come from
  // tenants.
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] !== '*' && pattern[p] === name[n]))) {
      p++;
      n++;
    } else if (pattern[p] === '*') {
      star = p++;
      resume = n;
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
