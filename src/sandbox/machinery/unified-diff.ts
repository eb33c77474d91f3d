/**
 * Differences of two texts as `diff -u` prints their hunks, without the files' names. Lines are matched as Python's
 * difflib matches them (https://docs.python.org/3/library/difflib.html#difflib.SequenceMatcher), which Go's port keeps:
 * the longest common block first, then what is left and right of it; in long texts lines that come up often start no
 * block.
 */

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Change {
  readonly a: readonly [from: number, to: number];
  readonly b: readonly [from: number, to: number];
}

/** From this many lines on, a line that makes up more than a hundredth of them is popular. */
const POPULARITY_FROM = 200;
const CONTEXT = 3;

function placesOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  lines.forEach((line, index) => {
    const known = places.get(line);
    if (known) known.push(index);
    else places.set(line, [index]);
  });
  if (lines.length >= POPULARITY_FROM) {
    const most = Math.floor(lines.length / 100) + 1;
    for (const [line, at] of places) if (at.length > most) places.delete(line);
  }
  return places;
}

class Matcher {
  readonly #a: readonly string[];
  readonly #b: readonly string[];
  readonly #places: ReadonlyMap<string, readonly number[]>;

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a;
    this.#b = b;
    this.#places = placesOf(b);
  }

  /** The longest block within the ranges; of equals the first in `a`, then in `b`. */
  #longest({ a: [aFrom, aTo], b: [bFrom, bTo] }: Change): Block {
    let best: Block = { a: aFrom, b: bFrom, size: 0 };
    let ending = new Map<number, number>();
    for (let i = aFrom; i < aTo; i++) {
      const next = new Map<number, number>();
      for (const j of this.#places.get(this.#a[i] as string) ?? []) {
        if (j < bFrom) continue;
        if (j >= bTo) break;
        const size = (ending.get(j - 1) ?? 0) + 1;
        next.set(j, size);
        if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
      }
      ending = next;
    }
    let { a, b, size } = best;
    for (; a > aFrom && b > bFrom && this.#a[a - 1] === this.#b[b - 1]; size++) [a, b] = [a - 1, b - 1];
    while (a + size < aTo && b + size < bTo && this.#a[a + size] === this.#b[b + size]) size++;
    return { a, b, size };
  }

  /** What differs, in order. */
  changes(): readonly Change[] {
    const blocks: Block[] = [];
    const open: Change[] = [{ a: [0, this.#a.length], b: [0, this.#b.length] }];
    for (let range = open.pop(); range !== undefined; range = open.pop()) {
      const block = this.#longest(range);
      if (block.size === 0) continue;
      blocks.push(block);
      open.push({ a: [range.a[0], block.a], b: [range.b[0], block.b] });
      open.push({ a: [block.a + block.size, range.a[1]], b: [block.b + block.size, range.b[1]] });
    }
    blocks.sort((one, other) => one.a - other.a);
    const changes: Change[] = [];
    let [i, j] = [0, 0];
    for (const { a, b, size } of [...blocks, { a: this.#a.length, b: this.#b.length, size: 0 }]) {
      if (i < a || j < b) changes.push({ a: [i, a], b: [j, b] });
      [i, j] = [a + size, b + size];
    }
    return changes;
  }
}

/** Changes so near to one another that their context meets are one hunk. */
function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const hunk = hunks.at(-1);
    const last = hunk?.at(-1);
    if (hunk && last && change.a[0] - last.a[1] <= 2 * CONTEXT) hunk.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

/** `12,7`; a single line has no count, and an empty range names the line before it. */
function rangeText(from: number, to: number): string {
  const count = to - from;
  if (count === 1) return String(from + 1);
  return `${count === 0 ? from : from + 1},${count}`;
}

/** Every line ends with a line feed; empty where nothing differs. */
export function unifiedDiff(before: string, after: string): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const lines: string[] = [];
  const add = (sign: string, from: readonly string[]) => lines.push(...from.map((line) => `${sign}${line}\n`));
  for (const hunk of hunksOf(new Matcher(a, b).changes())) {
    const [first, last] = [hunk[0] as Change, hunk.at(-1) as Change];
    const lead = Math.min(CONTEXT, first.a[0], first.b[0]);
    const tail = Math.min(CONTEXT, a.length - last.a[1], b.length - last.b[1]);
    const old = rangeText(first.a[0] - lead, last.a[1] + tail);
    lines.push(`@@ -${old} +${rangeText(first.b[0] - lead, last.b[1] + tail)} @@\n`);
    let at = first.a[0] - lead;
    for (const change of hunk) {
      add(' ', a.slice(at, change.a[0]));
      add('-', a.slice(...change.a));
      add('+', b.slice(...change.b));
      at = change.a[1];
    }
    add(' ', a.slice(at, at + tail));
  }
  return lines.join('');
}
