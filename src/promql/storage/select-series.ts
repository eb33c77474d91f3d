/**
 * Matchers to series numbers: the shortest list of an exact matcher is walked, the other matchers are asked for each of
 * it.
 */
import { assert } from '../../std/assert.ts';
import { type Sliced, StepCount } from '../../std/slices.ts';
import type { Matcher } from '../ast.ts';
import { type CompiledMatch, compileMatch } from '../regex.ts';
import type { SeriesIndex } from './series-index.ts';

/** To find the value of one label. */
const STEPS_PER_SERIES = 16;

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
  const steps = new StepCount();
  const conditions = matchers.map((matcher): Condition => {
    const compiled = compileMatch(matcher);
    assert('value' in compiled, 'the parser compiled every matcher');
    const match = matcher.type.endsWith('~') ? watched(compiled.value, { onMatch, steps }) : compiled.value;
    return { nameId: index.idOf(matcher.name), match, known: new Map() };
  });
  const listed = yield* shortest(index, { conditions, steps });
  const rest = conditions.filter((condition) => condition !== listed?.condition);
  const found = listed === undefined ? allOf(index) : listed.refs;
  const selected = new Uint32Array(found.length);
  let count = 0;
  for (const ref of found) {
    if (index.isAlive(ref) && rest.every((condition) => holds(index, condition, ref))) selected[count++] = ref;
    steps.add(STEPS_PER_SERIES * (1 + rest.length));
    if (steps.isPiece()) yield;
  }
  return selected.subarray(0, count);
}

interface Watching {
  readonly onMatch: () => void;
  readonly steps: StepCount;
}

const watched = (match: CompiledMatch, { onMatch, steps }: Watching): CompiledMatch => ({
  ...match,
  matches: (text) => {
    onMatch();
    steps.add(match.size * (text.length + 1));
    return match.matches(text);
  },
});

function* shortest(
  index: SeriesIndex,
  { conditions, steps }: { readonly conditions: readonly Condition[]; readonly steps: StepCount },
): Sliced<{ condition: Condition; refs: Uint32Array } | undefined> {
  let best: { condition: Condition; refs: Uint32Array } | undefined;
  for (const condition of conditions) {
    const { nameId, match } = condition;
    if (match.matchesEmpty) continue;
    if (nameId === undefined) return { condition, refs: new Uint32Array(0) };
    const values = match.values ?? (yield* matchingValues(index, condition, steps));
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

function* matchingValues(
  index: SeriesIndex,
  { nameId, match }: Condition,
  steps: StepCount,
): Sliced<readonly string[] | undefined> {
  const values = index.valuesOf(nameId ?? 0);
  if (values.length > MAX_VALUES_TRIED) return undefined;
  const matching: string[] = [];
  for (const id of values) {
    const text = index.textOf(id);
    if (match.matches(text)) matching.push(text);
    steps.add(STEPS_PER_SERIES);
    if (steps.isPiece()) yield;
  }
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
