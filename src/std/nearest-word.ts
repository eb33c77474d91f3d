/** The word that was probably meant. */

/** Two typing errors; of a short word one, since else every other one would be near. */
const farthest = (word: string): number => (word.length > 4 ? 2 : 1);

/** Undefined when none is near. Capitals do not count, and a swap of neighbours counts as one error. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const ranked = words
    .map((candidate) => ({ candidate, errors: errorsBetween(lower, candidate.toLowerCase()) }))
    .filter(({ errors }) => errors <= farthest(word))
    .toSorted((a, b) => a.errors - b.errors);
  return ranked[0]?.candidate;
}

/** https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance: letters added, missing, other or swapped. */
function errorsBetween(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next.push(
        Math.min(
          at(last, column) + 1,
          at(next, column - 1) + 1,
          at(last, column - 1) + same,
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    [beforeLast, last] = [last, next];
  }
  return at(last, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
