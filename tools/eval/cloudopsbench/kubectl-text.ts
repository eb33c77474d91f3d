/** What kubectl prints, read back: tables, and the tree that `kubectl describe` indents. */

export type Row = Readonly<Record<string, string>>;

/** A table with a header. A column begins where its title does; without `wide` titles, two blanks part columns. */
export function tableOf(text: string): readonly Row[] {
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const starts = [...header.matchAll(/\S+(?: \S+)*/g)].map(({ index, 0: title }) => ({ index, title }));
  return lines.map((line) =>
    Object.fromEntries(
      starts.map(({ index, title }, at) => [title, line.slice(index, starts[at + 1]?.index ?? line.length).trim()]),
    ),
  );
}

export interface Branch {
  readonly key: string;
  readonly value: string;
  readonly children: readonly Branch[];
}

/** Lines by their depth. A line without a colon is a continuation, and becomes a key without a value. */
export function treeOf(text: string): readonly Branch[] {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ depth: line.search(/\S/), text: line.trim() }));
  return branches(lines);
}

function branches(lines: readonly { readonly depth: number; readonly text: string }[]): readonly Branch[] {
  const found: Branch[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    if (line === undefined) break;
    let end = at + 1;
    while (end < lines.length && (lines[end]?.depth ?? 0) > line.depth) end++;
    const [, key = line.text, value = ''] = /^([^:]+(?:<[^>]*>)?):(?:\s+(.*))?$/.exec(line.text) ?? [];
    found.push({ key, value, children: branches(lines.slice(at + 1, end)) });
    at = end;
  }
  return found;
}

export const child = (tree: readonly Branch[], key: string): Branch | undefined =>
  tree.find((branch) => branch.key === key);

export const textAt = (tree: readonly Branch[], key: string): string => {
  const value = child(tree, key)?.value.trim() ?? '';
  return value === '<none>' || value === '<unset>' ? '' : value;
};

/** `app=web` in the first line and in those below it. */
export function pairsOf(branch: Branch | undefined): Readonly<Record<string, string>> {
  const lines =
    branch === undefined
      ? []
      : [branch.value, ...branch.children.map(({ key, value }) => (value === '' ? key : `${key}: ${value}`))];
  return Object.fromEntries(
    lines
      .flatMap((line) => line.split(','))
      .map((pair) => /^([^=:]+)(?:=|: )(.*)$/.exec(pair.trim()))
      .flatMap((match) => (match === null ? [] : [[match[1]?.trim() ?? '', match[2]?.trim() ?? '']])),
  );
}

export interface EventLine {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly ageMs: number;
  readonly firstMs: number;
  readonly count: number;
}

/** The table below `Events:`. Its columns are parted by two blanks, also where a message holds more. */
export function eventsOf(text: string): readonly EventLine[] {
  const [, below = ''] = text.split(/^Events:/m);
  return below.split('\n').flatMap((line) => {
    const match = /^\s+(Normal|Warning)\s+(\S+)\s+(\S+)(?: \(x(\d+) over (\S+)\))?\s+\S.*?\s{2,}(.*)$/.exec(line);
    if (match === null) return [];
    const [, type = '', reason = '', age = '', count = '1', first = age, message = ''] = match;
    return [{ type, reason, message, ageMs: ageOf(age), firstMs: ageOf(first), count: Number(count) }];
  });
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, y: 31_536_000_000 };

/** `2m9s`, `4h28m`, `95d`. */
export const ageOf = (text: string): number =>
  [...text.matchAll(/(\d+)([smhdy])/g)].reduce((sum, [, n, unit = 's']) => sum + Number(n) * (UNITS[unit] ?? 0), 0);
