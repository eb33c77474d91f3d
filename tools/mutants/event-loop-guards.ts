/** The guards that keep a tenant's data from holding the event loop. */
import type { Guard } from './guard.ts';

const HOLD = 'test/attacks/policies-that-hold-the-process.test.ts';

export const EVENT_LOOP_GUARDS: readonly Guard[] = [
  {
    name: 'event loop: what a look at one object may take is limited',
    file: 'src/api/policy-cost.ts',
    guard: 'if (steps <= MAX_LOOK_STEPS) return undefined;',
    without: 'if (steps <= MAX_LOOK_STEPS || true) return undefined;',
    test: HOLD,
  },
  {
    name: 'event loop: the patterns of a policy are limited together',
    file: 'src/api/policy-cost.ts',
    guard: 'if (size > this.#left)',
    without: 'if (size > 1e9)',
    test: HOLD,
  },
  {
    name: 'event loop: the patterns of a query are limited before they are compiled',
    file: 'src/promql/token-stream.ts',
    guard: 'this.#patternsSize > MAX_PATTERNS_SIZE',
    without: 'this.#patternsSize > 1e9',
    test: 'test/attacks/queries-that-take-too-long.test.ts',
  },
  {
    name: 'event loop: matching Events ends when its steps are used up',
    file: 'src/core/triggers/event.ts',
    guard: 'if (steps < 0) {',
    without: 'if (steps < -1e12) {',
    test: HOLD,
  },
  {
    name: 'event loop: a label that a query makes has a limited length',
    file: 'src/promql/regex.ts',
    guard: 'if (length > MAX_MADE_TEXT)',
    without: 'if (length > 1e12)',
    test: HOLD,
  },
  {
    name: 'event loop: a start of a window is computed once',
    file: 'src/api/windows.ts',
    guard: 'if (start !== undefined) starts.known = { from: at, start };',
    without: '',
    test: HOLD,
  },
  {
    name: 'event loop: laps take breaks',
    file: 'src/kube/controller.ts',
    guard: 'await breaks.due();',
    without: '',
    test: HOLD,
  },
  {
    name: 'event loop: while objects are looked through, nothing is judged by their number',
    file: 'src/operator/target/policy-book.ts',
    guard: 'return this.#unseen.size + this.#sweeps;',
    without: 'return this.#unseen.size;',
    test: HOLD,
  },
  {
    name: 'event loop: matches are pieces by what they take',
    file: 'src/promql/storage/select-series.ts',
    guard: 'steps.add(match.size * (text.length + 1));',
    without: '',
    test: 'test/attacks/queries-that-hold-the-process.test.ts',
  },
  {
    name: 'event loop: a stream that never runs dry leaves the others their turns',
    file: 'src/kube/watch-stream.ts',
    guard: 'await breaks.due();',
    without: '',
    test: 'src/kube/watch-stream.test.ts',
  },
  {
    name: 'event loop: a page is as large as is decoded within a moment',
    file: 'src/kube/page-size.ts',
    guard: 'Math.floor((WANTED_BYTES * count) / Math.max(1, bytes))',
    without: 'MAX_OBJECTS',
    test: 'src/kube/page-size.test.ts',
  },
  {
    name: 'event loop: what fails together is copied once',
    file: 'src/core/common-cause.ts',
    guard: 'if (to - from + 1 > best.count) best = { from, count: to - from + 1 };',
    without: 'if (sorted.slice(from, to + 1).length > best.count) best = { from, count: to - from + 1 };',
    test: 'src/core/common-cause.test.ts',
  },
];
