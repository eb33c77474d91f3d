/** The keys of documents that verbs print, as `docs/reference/answers.md` names them: `unwell[].target`. */

/** Of a verb: each key with what is said of it. */
export function documentedKeys(page: string, verb: string): ReadonlyMap<string, string> {
  const section = page.split(/^## /m).find((one) => one.split('\n', 1)[0]?.includes(`\`${verb}\``));
  const rows = [...(section ?? '').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
  return new Map(rows.map(([, key = '', said = '']) => [key, said]));
}

/** Every path to a value, down to those below which nothing is documented. */
function pathsIn(value: unknown, keys: ReadonlyMap<string, string>, at = ''): readonly string[] {
  const isOpen = [...keys.keys()].some((key) => key.startsWith(`${at}.`) || key.startsWith(`${at}[]`));
  if (at !== '' && !isOpen) return [at];
  if (Array.isArray(value)) return value.flatMap((one) => pathsIn(one, keys, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, one]) => pathsIn(one, keys, at === '' ? key : `${at}.${key}`));
}

/** Keys of an answer of which the page says nothing. */
export const undocumented = (answer: unknown, keys: ReadonlyMap<string, string>): readonly string[] => [
  ...new Set(pathsIn(answer, keys).filter((path) => !keys.has(path))),
];

/** Keys of the page that no answer has, and of which the page does not say when they are absent. */
export function unseen(answers: readonly unknown[], keys: ReadonlyMap<string, string>): readonly string[] {
  const seen = new Set(answers.flatMap((answer) => pathsIn(answer, keys)));
  return [...keys].flatMap(([key, said]) => (seen.has(key) || said.includes('Absent') ? [] : [key]));
}
