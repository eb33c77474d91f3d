/** Texts with a form of their own: base64 and times, read as Go reads them and refused in its words. */
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';

/** Where Go's decoder stops: the first byte outside the alphabet, or the length when padding is missing. */
export function badBase64(text: string): number | undefined {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (character === '\n' || character === '\r') continue;
    if (character === '=') return count % 4 < 2 ? index : badPadding(text, index, count % 4);
    if (!/[A-Za-z0-9+/]/.test(character)) return index;
    count++;
  }
  // Go reports the start of the unfinished group of four.
  return count % 4 === 0 ? undefined : count - (count % 4);
}

/** Two signs stand after two letters, one after three, and nothing follows. */
function badPadding(text: string, first: number, letters: number): number | undefined {
  let next = pastLines(text, first + 1);
  if (letters === 2) {
    if (next === text.length) return next;
    if (text[next] !== '=') return next - 1;
    next = pastLines(text, next + 1);
  }
  return next === text.length ? undefined : next;
}

function pastLines(text: string, from: number): number {
  let at = from;
  while (text[at] === '\n' || text[at] === '\r') at++;
  return at;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** The instant in UTC, split into seconds and the fraction's digits. */
function utc(text: string): { readonly seconds: string; readonly fraction: string } | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const at = fromTimestamp(`${text.slice(0, 19)}${match[8] ?? 'Z'}`);
  if (at === undefined) return undefined;
  return { seconds: toTimestamp(at).slice(0, 19), fraction: match[7] ?? '' };
}

export function secondsTime(text: string): string | undefined {
  const parts = utc(text);
  return parts && `${parts.seconds}Z`;
}

export function microTime(text: string): string | undefined {
  const parts = utc(text);
  // Six digits are asked for; Go takes no other number of them.
  return parts && parts.fraction.length === 6 ? `${parts.seconds}.${parts.fraction}Z` : undefined;
}

/** Go names the part of the layout where reading stopped. */
export function timeProblem(text: string, layout: string): string {
  const parts: readonly (readonly [RegExp, string])[] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^(?:0[1-9]|1[0-2])/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    layout.includes('.') ? [/^\d\d/, '05'] : [/^\d\d(?:[.,]\d+)?/, '05'],
    ...(layout.includes('.') ? ([[/^[.,]\d{6}(?!\d)/, '.000000']] as const) : []),
    [/^(?:Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ];
  let rest = text;
  for (const [pattern, name] of parts) {
    const match = pattern.exec(rest);
    if (!match)
      return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(name)}`;
    rest = rest.slice(match[0].length);
  }
  return rest === ''
    ? `parsing time ${JSON.stringify(text)}: day out of range`
    : `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
}
