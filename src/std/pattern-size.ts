/**
 * How large the program of an RE2 pattern is, without making it: the time of a match is the size times the length of
 * the text, and compiling takes as long as the program is. An upper estimate: a repetition counts as often as it may
 * come. Example: `((.?){1000})x0` has some 2000 instructions.
 */

/**
 * Of a label value of 253 characters 500 instructions take 6 ms at worst (50 ns for each instruction and character);
 * the patterns of public rules have under 200.
 */
export const MAX_PATTERN_SIZE = 500;

const REPEAT = /\{(\d+)(?:(,)(\d*))?\}/y;

export function patternSize(source: string): number {
  // Sizes of what is before the atom in each group, and of the atom that a repetition would repeat.
  const outer: number[] = [];
  let before = 0;
  let atom = 0;
  const take = (size: number): void => {
    before += atom;
    atom = size;
  };
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === '\\') {
      at++;
      take(1);
    } else if (character === '[') {
      at = endOfClass(source, at);
      take(1);
    } else if (character === '(') {
      take(0);
      outer.push(before);
      before = 0;
    } else if (character === ')') {
      atom += before + 1;
      before = outer.pop() ?? 0;
    } else if (character === '{') {
      REPEAT.lastIndex = at;
      const [whole, least, comma, most] = REPEAT.exec(source) ?? [];
      if (whole === undefined) take(1);
      else {
        atom =
          (atom + 1) * Math.max(1, Number(least) + (comma !== undefined && most === '' ? 1 : 0), Number(most ?? 0));
        at += whole.length - 1;
      }
    } else if (character === '*' || character === '+' || character === '?' || character === '|') atom += 1;
    else take(1);
  }
  return outer.reduce((sum, size) => sum + size, before + atom);
}

/** The place of its last bracket; a bracket that comes first is a member. */
function endOfClass(source: string, start: number): number {
  let at = start + 1;
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at;
}

/** Why it is too large; undefined when it is not. */
export function tooLarge(source: string): string | undefined {
  const size = patternSize(source);
  if (size <= MAX_PATTERN_SIZE) return undefined;
  return `the pattern would take ${size} steps for each character; at most ${MAX_PATTERN_SIZE} are allowed: repeat less`;
}
