/** Actions that call somebody beside the cluster: what each answer comes to. */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { CRASHES, deployment, policy, TestCluster, type RunningOperator } from '../kit/test-cluster.ts';
import type { EndpointAnswer, EndpointCall } from '../../src/operator/ports.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const OK: EndpointAnswer = { kind: 'answered', status: 200 };
const settings = { ...DEFAULT_ACTION_SETTINGS, endpoints: ['runbooks'], channels: ['ops', 'chat'] };

interface Played {
  readonly world: TestCluster;
  readonly running: RunningOperator;
  readonly calls: readonly EndpointCall[];
}

/**
 * A workload that crashes for ever, and a receiver that gives these answers one after another, the last one for ever.
 */
function play(
  action: object,
  answers: readonly EndpointAnswer[],
  onCall: (world: TestCluster, calls: number) => void = () => undefined,
): Played {
  const world = new TestCluster();
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(
    POLICIES,
    policy({ actions: [action], safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m' } }),
  );
  const calls: EndpointCall[] = [];
  const send = async (call: EndpointCall): Promise<EndpointAnswer> => {
    calls.push(call);
    onCall(world, calls.length);
    return answers[Math.min(calls.length, answers.length) - 1] ?? OK;
  };
  const running = world.operator({ actions: { settings, endpoints: { send } } });
  return { world, running, calls };
}
const runbook = { name: 'runbook', type: 'webhook', webhookAction: { name: 'runbooks' } };
const tell = { name: 'tell', type: 'notify', notifyAction: { message: 'Please look' } };
const statusOf = (world: TestCluster): ActionStatus => world.actions()[0]?.['status'] ?? {};
const ended = (world: TestCluster) => () => ['Succeeded', 'Failed', 'Cancelled'].includes(world.phases()[0] ?? '');

function mend(world: TestCluster): void {
  const broken = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
  if (broken === undefined) throw new Error('web is gone');
  world.cluster.update(DEPLOYMENTS, { ...broken, spec: deployment('web', [])['spec'] });
}

describe('a webhook', () => {
  it('succeeds when the target is well afterwards', async () => {
    const { world, calls, running } = play(runbook, [OK], mend);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', reason: 'Verified' });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.idempotencyKey).toBe(`${world.actions()[0]?.metadata.uid}/1`);
    expect(running.audit.map(({ entry, path, result }) => [entry, path, result])).toEqual([
      ['intent', 'endpoint:runbooks', undefined],
      ['outcome', 'endpoint:runbooks', '200'],
    ]);
  });

  it('does not take a 200 for the healing of the target', async () => {
    const { world } = play(runbook, [OK]);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'NotVerified' });
  });

  it.each<[string, EndpointAnswer]>([
    ['certainly did not arrive', { kind: 'failed', code: 'ConnectionRefused', message: 'refused', delivered: 'no' }],
    ['was one too many', { kind: 'answered', status: 429 }],
    ['met a receiver that is not ready', { kind: 'answered', status: 503 }],
  ])('is repeated when it %s', async (_title, first) => {
    const { world, calls } = play(runbook, [first, OK], (of, times) => (times === 2 ? mend(of) : undefined));
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world).phase).toBe('Succeeded');
    expect(calls.map(({ idempotencyKey }) => idempotencyKey.split('/')[1])).toEqual(['1', '2']);
  });

  it.each<[string, EndpointAnswer, string]>([
    [
      'its answer is lost',
      { kind: 'failed', code: 'Timeout', message: 'no answer within 10 s', delivered: 'maybe' },
      'endpoint runbooks: no answer within 10 s',
    ],
    [
      'the receiver fails in the middle of it',
      { kind: 'answered', status: 500 },
      'endpoint runbooks answered 500 after it had taken the call',
    ],
  ])('is never repeated when %s', async (_title, answer, why) => {
    const { world, calls } = play(runbook, [answer]);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({
      phase: 'Failed',
      reason: 'OutcomeUnknown',
      message: `${why}; whether it was carried out cannot be told, so it is not repeated: look before you do it again`,
      attempts: 1,
    });
    expect(calls).toHaveLength(1);
  });

  it.each([302, 400, 404])('fails for good when it is refused with %i', async (status) => {
    const { world, calls } = play(runbook, [{ kind: 'answered', status }]);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: `Http${status}`, attempts: 1 });
    expect(calls).toHaveLength(1);
  });
});

describe('a notification', () => {
  it('reaches every channel and is done with that', async () => {
    const { world, calls } = play(tell, [OK]);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', reason: 'Delivered' });
    expect(calls.map(({ endpoint }) => endpoint)).toEqual(['ops', 'chat']);
    expect((JSON.parse(calls[0]?.body ?? '') as { text: string }).text).toMatch(
      /^Please look\nDeployment default\/web \(looping\): /,
    );
  });

  it('reaches one channel though the other refuses it, and tries that one alone again', async () => {
    const { world, calls } = play(tell, [{ kind: 'answered', status: 429 }, OK]);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      reason: 'Delivered',
      attempts: 2,
      delivered: ['chat'],
    });
    expect(calls.map(({ endpoint }) => endpoint)).toEqual(['ops', 'chat', 'ops']);
  });

  it('that one channel refuses for good has failed, and says so', async () => {
    const { world, calls } = play(tell, [{ kind: 'answered', status: 404 }, OK]);
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({
      phase: 'Failed',
      reason: 'Http404',
      message: 'endpoint ops answered 404',
      delivered: ['chat'],
    });
    expect(calls.map(({ endpoint }) => endpoint)).toEqual(['ops', 'chat']);
  });

  it('heals nothing: where nobody helps, the episode is exhausted after it', async () => {
    const { world, calls } = play(tell, [OK]);
    expect(
      await world.until(
        () => world.status('crash-loops').episodes?.some(({ state }) => state === 'Exhausted') ?? false,
      ),
    ).toBe(true);
    expect(world.phases()).toEqual(['Succeeded']);
    expect(calls).toHaveLength(2);
  });

  it('is sent nowhere in a dry run', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'dryrun', actions: [tell] }));
    const calls: string[] = [];
    const send = async ({ endpoint }: EndpointCall): Promise<EndpointAnswer> => {
      calls.push(endpoint);
      return OK;
    };
    world.operator({ actions: { settings, endpoints: { send } } });
    expect(await world.until(ended(world))).toBe(true);
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', reason: 'DryRun' });
    expect(statusOf(world).result?.answers).toEqual(
      ['ops', 'chat'].map((name) => `endpoint ${name} was not called: dry run`),
    );
    expect(calls).toEqual([]);
  });
});
