/**
 * Names of a team's objects replaced by tokens, and put back in what is said about them. The tokens follow the order of
 * the texts, so that equal questions have equal tokens.
 */

/** Names beyond are too many for one pattern; the bundle of one object names fewer. */
const MAX_NAMES = 1_000;

export interface Anonymous {
  readonly texts: readonly string[];
  /** Undoes it in any text: what is no token of these stays. */
  readonly restored: (text: string) => string;
}

/** Names count where a letter or digit stands neither before nor after them, however they are capitalized. */
export function anonymous(texts: readonly string[], names: readonly string[]): Anonymous {
  // The longest first: a pod's name begins with that of its workload.
  const known = [...new Set(names)]
    .filter((name) => /^[a-z0-9](?:.*[a-z0-9])?$/i.test(name))
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .slice(0, MAX_NAMES);
  if (known.length === 0) return { texts, restored: (text) => text };
  const prefix = prefixFor(texts);
  const named = new RegExp(`(?<![A-Za-z0-9])(?:${known.map(escaped).join('|')})(?![A-Za-z0-9])`, 'gi');
  const tokens = new Map<string, string>();
  const hidden = texts.map((text) =>
    text.replaceAll(named, (found) => {
      const token = tokens.get(found) ?? `${prefix}-${tokens.size + 1}`;
      tokens.set(found, token);
      return token;
    }),
  );
  const back = new Map([...tokens].map(([name, token]) => [token, name]));
  const pattern = new RegExp(`(?<![A-Za-z0-9])${prefix}-\\d{1,7}(?!\\d)`, 'g');
  return { texts: hidden, restored: (text) => text.replaceAll(pattern, (token) => back.get(token) ?? token) };
}

/** One that no text has: otherwise a text could say a token, and would get a name for it. */
function prefixFor(texts: readonly string[]): string {
  for (let prefix = 'object'; ; prefix += 'x')
    if (!texts.some((text) => text.toLowerCase().includes(`${prefix}-`))) return prefix;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
