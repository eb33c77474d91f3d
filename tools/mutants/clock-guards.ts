/** The guards that keep an hour an hour, however clocks are set. */
import type { Guard } from './guard.ts';

const TIME = 'src/kube/server-time.test.ts';
const CLOCK = 'src/kube/server-clock.test.ts';

export const CLOCK_GUARDS: readonly Guard[] = [
  {
    name: 'clocks: the operator goes by the time of the API server',
    file: 'src/operator/operator.ts',
    guard: 'const dependencies = { ...outside, clock, transport: clock.reading(outside.transport) };',
    without: 'const dependencies = outside;',
    test: 'test/healing/clocks.test.ts',
  },
  {
    name: 'clocks: a machine that is set does not move the time of the operator',
    file: 'src/kube/server-clock.ts',
    guard: '(this.#server?.offsetMs ?? this.#ownOffsetMs) + this.#own.monotonic()',
    without: 'this.#own.now()',
    test: CLOCK,
  },
  {
    name: 'clocks: waits go by monotonic time',
    file: 'src/kube/server-clock.ts',
    guard: 'await this.#own.after(Math.min(left, LOOK_AGAIN_MS), signal);',
    without: 'await this.#own.until(this.#own.now() + Math.min(left, LOOK_AGAIN_MS), signal);',
    test: CLOCK,
  },
  {
    name: 'clocks: an odd server is not believed at once',
    file: 'src/kube/server-time.ts',
    guard: 'if (answeredAt - doubtedSince < PATIENCE_MS) return { ...before, doubtedSince };',
    without: '',
    test: TIME,
  },
  {
    name: 'clocks: what drifts is followed slowly',
    file: 'src/kube/server-time.ts',
    guard: 'clamp(apartMs, -mayMs, mayMs)',
    without: '0',
    test: TIME,
  },
  {
    name: 'clocks: limits look back further after the server was set forward',
    file: 'src/kube/server-time.ts',
    guard: 'apartMs > 0 ? leapOf(apartMs + (leap?.byMs ?? 0), answeredAt) : leap',
    without: 'undefined as ServerTime[`leap`]',
    test: TIME,
  },
  {
    name: 'clocks: the sliding hour is counted by the clock as it went before',
    file: 'src/core/gates/rate-limited.ts',
    guard: 'const now = beforeLeap(limits, at);',
    without: 'const now = at;',
    test: 'src/core/gates/rate-limited.test.ts',
  },
  {
    name: 'clocks: a cool-down is counted by the clock as it went before',
    file: 'src/core/gates/cooling-down.ts',
    guard: ' + (limits.leapMs ?? 0)',
    without: '',
    test: 'src/core/gates/cooling-down.test.ts',
  },
];
