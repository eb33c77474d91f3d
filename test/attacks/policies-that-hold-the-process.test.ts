/**
 * The attack: a policy, within every limit of its schema, that makes the operator compare and match for as long as its
 * author likes: thousands of name patterns for each pod, patterns over long messages of many Events, windows that begin
 * each minute. Nothing else runs meanwhile, no probe and no lease. The guards: what one look at one object may take is
 * counted in steps when the policy is read (src/api/policy-cost.ts), looks at many objects and laps give the event loop
 * its turn (src/operator/sweeps.ts, src/kube/controller.ts), and the bench measures what a step takes
 * (bench/event-loop.bench.ts).
 */
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/api/parse-policy.ts';
import { PatternAllowance } from '../../src/api/policy-cost.ts';
import { windowAt, windowProblem } from '../../src/api/windows.ts';
import { metricsProvider } from '../../src/adapters/metrics/provider.ts';
import type { EventSeen } from '../../src/core/observation.ts';
import { evaluateEvent } from '../../src/core/triggers/event.ts';
import { runController } from '../../src/kube/controller.ts';
import { WorkQueue } from '../../src/kube/queue.ts';
import { Sweeps } from '../../src/operator/sweeps.ts';
import { PolicyEntry } from '../../src/operator/target/policy-book.ts';
import { evaluateInstant, EvaluationError, Labels, parse, SeriesStore } from '../../src/promql/index.ts';
import { systemClock, turn, VirtualClock } from '../../src/std/clock.ts';
import { matchesGlob } from '../../src/std/glob.ts';
import { Breaks, type Sliced, SLICE_MS, SliceRunner } from '../../src/std/slices.ts';
import { workload } from '../kit/core-data.ts';
import { policy, TestCluster } from '../kit/test-cluster.ts';
import { POLICIES } from '../kit/resources.ts';

const times = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const PODS = { apiVersion: 'v1', kind: 'Pod' };
const STARS = '*a*a*a*a*a*ab';
const LARGEST = '(.?){120}x';

const problemsOf = (spec: Parameters<typeof policy>[0]) =>
  parsePolicy(policy(spec), { promql: metricsProvider().check }).problems;
const event = (at: number, eventTrigger: object) => ({ name: `t${at}`, type: 'event', eventTrigger });

describe('a policy is refused by name when one look at one object would take too many steps:', () => {
  it.each<[string, Parameters<typeof policy>[0], string]>([
    [
      'names that are left out',
      { selector: { resources: times(64, () => ({ ...PODS, excludeNames: times(128, () => STARS) })) } },
      'spec.selector',
    ],
    [
      'labels',
      {
        safetyRules: {
          protectedResources: times(64, () => ({
            ...PODS,
            labelSelector: {
              matchExpressions: times(64, (at) => ({ key: `k${at}`, operator: 'NotIn', values: times(128, String) })),
            },
          })),
        },
      },
      'spec.safetyRules.protectedResources',
    ],
    [
      'names that are protected',
      { safetyRules: { protectedResources: times(8, () => ({ ...PODS, excludeNames: times(128, () => STARS) })) } },
      'spec.safetyRules.protectedResources',
    ],
  ])('%s', (_what, spec, path) => {
    expect(problemsOf(spec)).toMatchObject([{ path, reason: 'TooExpensive' }]);
  });

  it('and what people write is not', () => {
    const excludeNames = times(128, (at) => `system-critical-${at}-*`);
    const resources = ['Pod', 'Service'].map((kind) => ({ apiVersion: 'v1', kind, excludeNames }));
    const protectedResources = [{ ...PODS, excludeNames: times(20, (at) => `*-database-${at}-*`) }];
    expect(problemsOf({ selector: { resources }, safetyRules: { protectedResources } })).toEqual([]);
  });

  it('is said in its status, and another policy goes on', async () => {
    const world = new TestCluster();
    world.operator();
    const resources = times(64, () => ({ ...PODS, excludeNames: times(128, () => STARS) }));
    world.cluster.create(POLICIES, policy({ selector: { resources } }));
    const ready = () => world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
    expect(await world.until(() => ready()?.status === 'False', 60_000)).toBe(true);
    expect(ready()).toMatchObject({ reason: 'TooExpensive' });
  });
});

describe('name patterns', () => {
  it('compare no more characters than they are counted with', () => {
    const name = 'a'.repeat(253);
    const began = systemClock.monotonic();
    for (let at = 0; at < 1000; at++) matchesGlob(STARS, name);
    // 253 × 13 characters, a thousand times: 10 ms on a quiet machine.
    expect(systemClock.monotonic() - began).toBeLessThan(1000);
  });

  it.each([
    ['*ab', 'aaab', true],
    ['*?b', 'b', false],
    ['a*', 'a', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['*a*', '', false],
    ['**', '', true],
  ])('%s on %s: %s', (pattern, name, matches) => expect(matchesGlob(pattern, name)).toBe(matches));
});

describe('patterns', () => {
  it('of all triggers of a policy are counted before any of them is compiled', () => {
    const triggers = [
      ...times(4, (at) => event(at, { message: LARGEST })),
      ...times(28, (at) => ({
        name: `q${at}`,
        type: 'metric',
        metricTrigger: { query: `kube_pod_info{pod!~"${LARGEST}${at}"}`, operator: '>', threshold: 0 },
      })),
    ];
    const problems = problemsOf({ triggers, actions: [{ name: 'restart', type: 'restart', triggers: ['t0'] }] });
    expect(problems.map(({ reason, trigger }) => [reason, trigger])).toEqual(
      times(26, (at) => ['TooExpensive', `q${at + 2}`]),
    );
  });

  it('of one query are counted before any of them is compiled', () => {
    const query = `x{${times(150, (at) => `l${at}!~"${LARGEST}"`).join(',')}}`;
    const { check } = metricsProvider();
    expect(check({ query }, new PatternAllowance())).toMatchObject({ reason: 'TooExpensive' });
  });

  it('are looked for in the newest Events, as many as the steps suffice for; the rest is unknown', () => {
    const [compiled] =
      parsePolicy(policy({ triggers: [event(0, { message: '(.?){60}x', count: 400 })] })).policy?.triggers ?? [];
    if (compiled?.type !== 'event') throw new Error('not an event trigger');
    const events = times(
      500,
      (at): EventSeen => ({
        uid: `e-${at}`,
        about: { uid: 'u', kind: 'Deployment', name: 'web' },
        reason: 'BackOff',
        type: 'Warning',
        message: 'a'.repeat(1023) + 'x',
        firstAt: 1000 + at,
        points: [{ at: 1000 + at, count: 1 }],
      }),
    );
    const asked = evaluateEvent(compiled, { target: workload('Deployment'), pods: [], events }, 2000);
    expect(asked).toMatchObject({ holds: 'unknown', noEvidence: true });
    // A match has 61 × 1025 steps or more.
    expect(Number(/(\d+) more Events were not looked at/.exec(asked.detail)?.[1])).toBeGreaterThan(490);
    const enough = evaluateEvent({ ...compiled, count: 1 }, { target: workload('Deployment'), pods: [], events }, 2000);
    expect(enough.holds).toBe('true');
  });
});

describe('a query that puts the same label together again and again', () => {
  const store = new SeriesStore();
  store.tick(1000);
  store.set(store.resolve(Labels.of({ __name__: 'x', a: 'v'.repeat(200) })) ?? 0, 1);
  const nested = (depth: number, around: (inner: string) => string): string =>
    depth === 0 ? 'x' : around(nested(depth - 1, around));

  it.each([
    ['label_join', nested(60, (inner) => `label_join(${inner}, "a", "", "a", "a", "a")`)],
    ['label_replace', nested(40, (inner) => `label_replace(${inner}, "a", "$1$1$1$1", "a", "(.*)")`)],
  ])('by %s fails, and the process goes on', (_name, query) => {
    expect(query.length).toBeLessThan(4096);
    expect(() => evaluateInstant(parse(query), store, { atMs: 1000, clock: systemClock })).toThrow(EvaluationError);
  });
});

describe('windows', () => {
  it('that begin each minute are computed once, and not at each look', () => {
    const window = { schedule: '* * * * *', timeZone: 'Europe/Berlin', durationMs: 3_600_000 };
    expect(windowProblem(window)).toBeUndefined();
    const began = systemClock.monotonic();
    for (let look = 0; look < 5000; look++) expect(windowAt(window, 1_700_000_000_000 + look).inside).toBe(true);
    // A start takes 1 to 2 ms to compute: 5,000 of them would be 5 s or more.
    expect(systemClock.monotonic() - began).toBeLessThan(2000);
  });
});

describe('the event loop has its turn', () => {
  /** Each piece of work takes a millisecond of it. */
  function machine() {
    let now = 0;
    let turns = 0;
    const oneTurn = async (): Promise<void> => {
      await turn();
      turns++;
    };
    return { clock: { monotonic: () => now }, work: () => void now++, oneTurn, turns: () => turns };
  }

  it('between laps that wait for nothing, whichever controller they are of', async () => {
    const { clock, work, oneTurn, turns } = machine();
    const breaks = new Breaks(clock, oneTurn);
    const stop = new AbortController();
    const laps = 20 * SLICE_MS;
    let done = 0;
    const ran = ['targets', 'policies'].map((name) => {
      const queue = new WorkQueue({ clock: new VirtualClock(), random: () => 0 });
      for (let key = 0; key < laps / 2; key++) queue.add(`${name}-${key}`);
      const reconcile = () => {
        work();
        if (++done === laps) stop.abort();
        return Promise.resolve({});
      };
      return runController({ clock: new VirtualClock(), name, queue, workers: 4, breaks, reconcile }, stop.signal);
    });
    await Promise.all(ran);
    expect(done).toBe(laps);
    // Eight workers may each be in a lap when the break is due.
    expect(turns()).toBeGreaterThanOrEqual(laps / (SLICE_MS + 8) - 1);
    expect(turns()).toBeLessThanOrEqual(laps / SLICE_MS + 1);
  });

  it('between objects that are looked through, one policy after the other', async () => {
    const { clock, work, oneTurn, turns } = machine();
    const sweeps = new Sweeps(new SliceRunner(clock, oneTurn));
    const ends: number[] = [];
    const objects = 10 * SLICE_MS;
    function* sweep(): Sliced<void> {
      for (let at = 0; at < objects; at++) {
        yield;
        work();
      }
    }
    sweeps.add(sweep(), () => ends.push(1));
    sweeps.add(sweep(), () => ends.push(2));
    expect(ends).toEqual([]);
    while (ends.length < 2) await turn();
    expect(ends).toEqual([1, 2]);
    expect(turns()).toBeGreaterThanOrEqual(2 * (objects / SLICE_MS) - 1);
    // The runner may not have noticed yet that it is done.
    sweeps.add(sweep(), () => ends.push(3));
    while (ends.length < 3) await turn();
    expect(ends).toEqual([1, 2, 3]);
  });

  it('and until all are looked through, nothing is judged by their number (I10)', () => {
    const entry = new PolicyEntry('a/p', {
      object: policy(),
      policy: undefined,
      problems: [],
      believed: () => ({ status: {} }),
    });
    const seen = entry.sweep();
    expect(entry.unseen).toBe(1);
    seen();
    expect(entry.unseen).toBe(0);
  });
});
