/** docs/reference/reasons.md: the catalogue of src/core/reasons, a heading for each word. */
import { type Meaning, REASONS, type ReasonList } from '../src/core/reasons/index.ts';

const lists: readonly ReasonList[] = Object.values(REASONS);

export function reasonsPage(): string {
  const words = [...new Set(lists.flatMap(({ reasons }) => Object.keys(reasons)))].toSorted((a, b) =>
    a.toLowerCase() < b.toLowerCase() ? -1 : 1,
  );
  const parts = [
    '# Reasons',
    '',
    '<!-- Written by `make generate` from src/core/reasons. Do not edit. -->',
    '',
    'Every CamelCase word with which KubeSkippy says why something is as it is: where you meet it, what it means, and what to do. Look the word up',
    'in alphabetical order, or by the place where you met it. A refusal of a plugin has a reason in the words of its author, and a server may answer',
    'with a code that is not listed here; the message beside it says more. How a healing goes: [concepts/healing.md](../concepts/healing.md).',
    '',
    '## By place',
    '',
    ...lists.flatMap(placeOf),
    '## From A to Z',
    ...words.flatMap(entryOf),
  ];
  return `${parts.join('\n')}\n`;
}

const placeOf = ({ title, shows, from, reasons }: ReasonList): readonly string[] => {
  const links = Object.keys(reasons).map((word) => `[${word}](#${word.toLowerCase()})`);
  return [
    `**${title}.** ${shows}. Code: ${from.map((path) => `[${path}](../../${path})`).join(', ')}.`,
    '',
    links.join(' · '),
    '',
  ];
};

/** A word that is met in several places with one meaning is told once. */
function entryOf(word: string): readonly string[] {
  const places = new Map<string, { readonly meaning: Meaning; readonly shows: string[] }>();
  for (const { reasons, shows } of lists) {
    const meaning = reasons[word];
    if (meaning === undefined) continue;
    const place = places.get(meaning.means) ?? { meaning, shows: [] };
    places.set(meaning.means, place);
    const where = meaning.shows ?? shows;
    if (!place.shows.includes(where)) place.shows.push(where);
  }
  const told = [...places.values()].flatMap(({ meaning, shows }) => [
    '',
    `_${shows.join('; ')}._ ${meaning.means} **To do:** ${meaning.todo}`,
  ]);
  return ['', `### ${word}`, ...told];
}
