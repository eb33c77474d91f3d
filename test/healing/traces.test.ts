/** Traces of episodes, as the operator tells them while they happen: whatever crashes meanwhile, each is whole. */
import { describe, expect, it } from 'vitest';
import type { TraceSpan } from '../../src/operator/ports.ts';
import { isWriteNumber, once } from '../kit/fault-scripts.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import {
  CRASHES,
  CRASHES_UNTIL_RESTARTED,
  deployment,
  policy,
  type RunningOperator,
  TestCluster,
} from '../kit/test-cluster.ts';

interface Told {
  readonly spans: TraceSpan[];
  readonly sink: { ended: (spans: readonly TraceSpan[]) => void };
}

function listener(): Told {
  const spans: TraceSpan[] = [];
  return { spans, sink: { ended: (more) => void spans.push(...more) } };
}

/** Names below the names above them, each once: a request that a crash broke off is sent again. */
function tree(spans: readonly TraceSpan[]): readonly string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = ({ name, parentId }: TraceSpan): string => {
    if (parentId === undefined) return name;
    const above = byId.get(parentId);
    return `${above === undefined ? '?' : pathOf(above)} > ${name}`;
  };
  return [...new Set([...byId.values()].map(pathOf))].toSorted();
}

const WHOLE = [
  'episode',
  'episode > action restart',
  'episode > action restart > Approved',
  'episode > action restart > InProgress',
  'episode > action restart > InProgress > patch deployments.apps',
  'episode > action restart > InProgress > verification',
  'episode > decision',
];

const rootOf = (spans: readonly TraceSpan[]): TraceSpan | undefined => spans.find(({ name }) => name === 'episode');

/** Kills the operator once its n-th write is committed, before it has the answer; another one goes on. */
async function heal(kill: { readonly at: number } | undefined) {
  const world = new TestCluster(1);
  const { spans, sink } = listener();
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy());
  const end = () => operator.kill();
  const operator: RunningOperator = world.operator({
    actions: { spans: sink },
    faults: kill === undefined ? [] : [once(isWriteNumber(kill.at), { kind: 'crash', when: 'after', act: end })],
  });
  const writes = () => operator.sent.filter(({ write }) => write > 0).length;
  if (kill !== undefined) {
    await world.until(() => writes() >= kill.at);
    operator.kill();
    await world.clock.advance(5000);
    world.operator({ actions: { spans: sink } });
  }
  await world.until(() => rootOf(spans) !== undefined, 300_000);
  await world.clock.advance(60_000);
  return { spans, writes: writes(), world };
}

describe('the trace of a healing', async () => {
  const whole = await heal(undefined);

  it('has its decision, its action with each phase, each request, and the proof', () => {
    expect(tree(whole.spans)).toEqual(WHOLE);
    expect(whole.spans).toHaveLength(WHOLE.length);
    expect(new Set(whole.spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(rootOf(whole.spans)?.attributes).toMatchObject({
      'kubeskippy.policy': 'default/crash-loops',
      'kubeskippy.target.name': 'looping',
      'kubeskippy.triggers': ['looping'],
      'kubeskippy.outcome': 'healed',
    });
  });

  it('has the times of the record', () => {
    const [action] = whole.world.actions();
    const status = whole.world.actionStatus();
    const spec = action?.['spec'] as { readonly episode: { readonly startedAt: string } } | undefined;
    const [root, verification] = ['episode', 'verification'].map((name) =>
      whole.spans.find((one) => one.name === name),
    );
    expect(root?.startAt).toBe(Date.parse(spec?.episode.startedAt ?? ''));
    expect(root?.endAt).toBeGreaterThanOrEqual(Date.parse(status.completionTime ?? ''));
    expect(verification?.startAt).toBe(Date.parse(status.verification?.startedAt ?? ''));
    expect(verification?.endAt).toBe(Date.parse(status.completionTime ?? ''));
  });

  const points = Array.from({ length: whole.writes }, (_, index) => ({ at: index + 1 }));
  it.each(points)('is whole after a crash at write $at, with one root, under the same ids', async (kill) => {
    const { spans } = await heal(kill);
    const told = tree(spans);
    // The answer to a request that the process did not outlive was seen by nobody.
    const recorded = (paths: readonly string[]) => paths.filter((path) => !path.endsWith('patch deployments.apps'));
    expect(recorded(told)).toEqual(recorded(WHOLE));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  });
});

describe('the trace of an episode', () => {
  it('that is given up has each action that failed, and ends when it is given up', async () => {
    const world = new TestCluster();
    const { spans, sink } = listener();
    world.operator({ actions: { spans: sink } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    // Neither changes anything about the illness, so that its trigger holds throughout.
    const mark = (name: string, priority: number) => ({
      name,
      type: 'patch',
      priority,
      patchAction: { type: 'merge', patch: `metadata: {labels: {${name}: tried}}` },
    });
    const safetyRules = { requireHealthCheck: true, healthCheckTimeout: '30s' };
    world.cluster.create(POLICIES, policy({ actions: [mark('first', 2), mark('second', 1)], safetyRules }));
    await world.until(
      () => spans.some(({ attributes }) => attributes['kubeskippy.outcome'] === 'exhausted'),
      7_200_000,
    );
    const failed = spans.filter(({ name }) => name === 'action patch');
    expect(failed.map((span) => [span.attributes['kubeskippy.action.name'], span.failed])).toEqual([
      ['first', 'NotVerified'],
      ['second', 'NotVerified'],
    ]);
    const decisions = spans.filter(({ name }) => name === 'decision');
    expect(decisions[1]?.startAt).toBe(failed[0]?.endAt);
    const given = spans.find(({ attributes }) => attributes['kubeskippy.outcome'] === 'exhausted');
    expect(given?.failed).toBe('EpisodeExhausted');
    const last = failed.at(-1);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect([given?.traceId, (given?.endAt ?? 0) >= (last?.endAt ?? 0)]).toEqual([last?.traceId, true]);
    const ids = spans.map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
    // It goes on to be ill, and is told no more.
    const before = spans.length;
    await world.clock.advance(600_000);
    expect(spans).toHaveLength(before);
  });

  it('in which nothing is done has its root alone', async () => {
    const world = new TestCluster();
    const { spans, sink } = listener();
    world.operator({ actions: { spans: sink } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'monitor' }));
    await world.until(() => world.status('crash-loops').firing === 1);
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => {
      delete draft['spec'].template.metadata.annotations;
      return draft;
    });
    await world.until(() => spans.length > 0);
    expect(spans.map(({ name, attributes }) => [name, attributes['kubeskippy.outcome']])).toEqual([
      ['episode', 'resolved'],
    ]);
  });

  it('that waits for a person has the time that this took', async () => {
    const world = new TestCluster();
    const { spans, sink } = listener();
    world.operator({ actions: { spans: sink } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'manual', safetyRules: { approvalTimeout: '10m' } }));
    await world.until(() => spans.some(({ name }) => name === 'action restart'), 1_800_000);
    const pending = spans.find(({ name }) => name === 'Pending');
    expect((pending?.endAt ?? 0) - (pending?.startAt ?? 0)).toBeGreaterThanOrEqual(599_000);
    expect(spans.find(({ name }) => name === 'action restart')?.attributes).toMatchObject({
      'kubeskippy.outcome': 'Cancelled',
      'kubeskippy.reason': 'ApprovalExpired',
    });
  });
});
