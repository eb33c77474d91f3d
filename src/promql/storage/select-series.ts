/**
 * Matchers to series numbers: the shortest list of an exact matcher is walked, the other matchers are asked for each of
 * it.
 */
import { assert } from '../../std/assert.ts';
import { inPieces, type Sliced } from '../../std/slices.ts';
import type { Matcher } from '../ast.ts';
import { type CompiledMatch, compileMatch } from '../regex.ts';
import type { SeriesIndex } from './series-index.ts';

interface Condition {
  readonly nameId: number | undefined;
  readonly match: CompiledMatch;
  /** Answers by value id, since few values are shared by many series. */
  readonly known: Map<number, boolean>;
}

export function* selectSeries(
  index: SeriesIndex,
  matchers: readonly Matcher[],
  onMatch: () => void = () => undefined,
): Sliced<Uint32Array> {
  const conditions = matchers.map((matcher): Condition => {
    const compiled = compileMatch(matcher);
    assert('value' in compiled, 'the parser compiled every matcher');
    const match = matcher.type.endsWith('~') ? watched(compiled.value, onMatch) : compiled.value;
    return { nameId: index.idOf(matcher.name), match, known: new Map() };
  });
  const listed = yield* shortest(index, conditions);
  const rest = conditions.filter((condition) => condition !== listed?.condition);
  const found = listed === undefined ? allOf(index) : listed.refs;
  const selected = new Uint32Array(found.length);
  let count = 0;
  yield* inPieces(found.length, (from, to) => {
    for (let at = from; at < to; at++) {
      const ref = found[at] as number;
      if (index.isAlive(ref) && rest.every((condition) => holds(index, condition, ref))) selected[count++] = ref;
    }
  });
  return selected.subarray(0, count);
}

const watched = (match: CompiledMatch, onMatch: () => void): CompiledMatch => ({
  ...match,
  matches: (text) => {
    onMatch();
    return match.matches(text);
  },
});

function* shortest(
  index: SeriesIndex,
  conditions: readonly Condition[],
): Sliced<{ condition: Condition; refs: Uint32Array } | undefined> {
  let best: { condition: Condition; refs: Uint32Array } | undefined;
  for (const condition of conditions) {
    const { nameId, match } = condition;
    if (match.matchesEmpty) continue;
    if (nameId === undefined) return { condition, refs: new Uint32Array(0) };
    const values = match.values ?? (yield* matchingValues(index, condition));
    if (values === undefined) continue;
    const lists = values.map((value) => listOf(index, nameId, value));
    const length = lists.reduce((sum, list) => sum + list.length, 0);
    if (best !== undefined && length >= best.refs.length) continue;
    best = { condition, refs: lists.length === 1 ? (lists[0] as Uint32Array) : joined(lists, length) };
  }
  return best;
}

/** A pattern is tried on every value of its label while those are few; else each series is asked. */
const MAX_VALUES_TRIED = 10_000;

function* matchingValues(index: SeriesIndex, { nameId, match }: Condition): Sliced<readonly string[] | undefined> {
  const values = index.valuesOf(nameId ?? 0);
  if (values.length > MAX_VALUES_TRIED) return undefined;
  const matching: string[] = [];
  // A pattern of the largest size takes 50 µs for a text of 60 characters.
  const piece = (from: number, to: number): void => {
    for (const id of values.slice(from, to)) {
      const text = index.textOf(id);
      if (match.matches(text)) matching.push(text);
    }
  };
  yield* inPieces(values.length, piece);
  return matching;
}

function listOf(index: SeriesIndex, nameId: number, value: string): Uint32Array {
  const valueId = index.idOf(value);
  return valueId === undefined ? new Uint32Array(0) : index.having(nameId, valueId);
}

function joined(lists: readonly Uint32Array[], length: number): Uint32Array {
  const all = new Uint32Array(length);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

const allOf = (index: SeriesIndex): Uint32Array => Uint32Array.from({ length: index.capacity }, (_, ref) => ref);

function holds(index: SeriesIndex, condition: Condition, ref: number): boolean {
  const valueId = condition.nameId === undefined ? undefined : index.valueId(ref, condition.nameId);
  if (valueId === undefined) return condition.match.matchesEmpty;
  let answer = condition.known.get(valueId);
  if (answer === undefined) {
    answer = condition.match.matches(index.textOf(valueId));
    condition.known.set(valueId, answer);
  }
  return answer;
}
