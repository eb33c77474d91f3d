/** Why it broke, said beside the healing: in the action's status, by an Event, in notifications. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { EndpointCall, LookOutcome } from '../../src/operator/ports.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import { always } from '../kit/fault-scripts.ts';
import { ACTIONS, DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const NO_IMAGE = [{ pull: { fails: 'not-found' } }];
const stuck = (duration = '10s') => [
  { name: 'stuck', type: 'condition', conditionTrigger: { type: 'ImagePullBackOff', status: 'True', duration } },
];
const restart = { name: 'restart', type: 'restart' };

function broken(spec: Record<string, unknown> = {}, options: Parameters<TestCluster['operator']>[0] = {}) {
  const world = new TestCluster();
  const operator = world.operator(options);
  world.cluster.create(DEPLOYMENTS, deployment('web', NO_IMAGE));
  world.cluster.create(POLICIES, policy({ triggers: stuck(), actions: [restart], ...spec }));
  const told = (reason: string): readonly KubeObject[] =>
    world.cluster.list(EVENTS, 'default').filter((event) => event['reason'] === reason);
  return { world, operator, told };
}

describe('an action', () => {
  it('says why its target is unwell, with evidence and with what helps', async () => {
    const { world, told } = broken();
    expect(await world.until(() => world.actionStatus().analysis !== undefined)).toBe(true);
    const { analysis } = world.actionStatus();
    expect(analysis).toMatchObject({
      cause: 'ImageMissing',
      object: 'Deployment default/web',
      confidence: 'certain',
      message: expect.stringContaining('web cannot start: the registry has no image') as string,
      pointless: expect.arrayContaining(['restart']) as string[],
      helps: expect.arrayContaining(['rollback']) as string[],
    });
    expect(analysis?.evidence?.[0]).toMatchObject({
      trust: 'api',
      source: expect.stringMatching(/^Pod default\/web-/) as string,
    });
    expect(analysis?.digest).toMatch(/^[0-9a-f]{64}$/);
    const [event] = told('CauseFound');
    expect(event).toMatchObject({ involvedObject: { kind: 'Deployment', name: 'web' }, type: 'Warning' });
    expect(String(event?.['message'])).toContain('ImageMissing');
  });

  it('has the cause under the seal of its status: another that is written there is not believed', async () => {
    const { world } = broken({ mode: 'manual' });
    expect(await world.until(() => world.actionStatus().analysis !== undefined)).toBe(true);
    const [action] = world.actions();
    const at = { namespace: 'default', name: action?.metadata.name ?? '' };
    const lie = (draft: MutableObject): MutableObject => {
      draft['status'].analysis.cause = 'NodeNotReady';
      return draft;
    };
    world.cluster.modify(ACTIONS, at, lie, 'status');
    expect(await world.until(() => world.actionStatus().reason === 'StatusTampered')).toBe(true);
  });

  it('of a policy that wants no analysis has none, and nothing is read for it', async () => {
    const { world, operator, told } = broken({ analysis: { mode: 'off' } });
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    expect(world.actionStatus().analysis).toBeUndefined();
    expect(told('CauseFound')).toEqual([]);
    expect(operator.sent.filter(({ request }) => request.path.includes('/limitranges'))).toEqual([]);
  });
});

describe('the analysis', () => {
  it('is looked once for an episode that says the same again and again, and tells it once', async () => {
    const { world, operator, told } = broken();
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    await world.clock.advance(600_000);
    const looks = operator.sent.filter(({ request }) => request.path.startsWith('/api/v1/namespaces/default/services'));
    expect(looks.length).toBeGreaterThan(0);
    expect(looks.length).toBeLessThan(6);
    expect(told('CauseFound')).toHaveLength(1);
  });

  it('goes on with what it may read, and names the rest', async () => {
    const world = new TestCluster(2, 'on', 'on');
    const token = await world.account(actionRegistry().rules, { allow: [] });
    const operator = world.operator({ token });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'manual' }));
    expect(await world.until(() => world.actionStatus().analysis !== undefined)).toBe(true);
    expect(world.actionStatus().analysis).toMatchObject({
      cause: 'ApplicationCrashes',
      unseen: expect.arrayContaining(['Node', 'logs', 'ConfigMap']) as string[],
    });
    expect(operator.forbidden).toEqual([]);
  });

  it('goes on without a part that cannot be read, holds nothing up, and is counted', async () => {
    const seen: string[] = [];
    const ends: string[] = [];
    const observer = {
      ...UNOBSERVED,
      analysed: (outcome: LookOutcome) => void seen.push(outcome),
      actionEnded: (...labels: readonly string[]) => void ends.push(labels.join(' ')),
    };
    const { world } = broken(
      {},
      {
        actions: { observer },
        faults: [always(({ path }) => path.endsWith('/services'), { kind: 'reset', when: 'before' })],
      },
    );
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    expect(world.actionStatus().analysis).toMatchObject({ cause: 'ImageMissing' });
    expect(seen).toContain('found');
    expect(ends).toEqual(['ImageMissing restart Failed']);
  });
});

describe('people', () => {
  it('are told the cause with what they are asked', async () => {
    const calls: EndpointCall[] = [];
    const { world } = broken(
      { mode: 'manual' },
      {
        config: { notifications: { channels: ['chat'], reasons: ['ApprovalRequired'] } },
        actions: {
          endpoints: { send: async (call) => (calls.push(call), { kind: 'answered', status: 200 }) },
        },
      },
    );
    expect(await world.until(() => calls.length > 0)).toBe(true);
    const { text } = JSON.parse(calls[0]?.body ?? '{}') as { readonly text?: string };
    expect(text).toContain('ApprovalRequired: Deployment default/web');
    expect(text).toContain('Why: ImageMissing (certain). web cannot start');
    expect(text).toContain('A restart cannot help. To do: Correct the image');
  });
});

describe('a veto', () => {
  it('holds back what cannot help, says what to do, and lets go when the cause is gone', async () => {
    const { world } = broken({ analysis: { mode: 'veto' } });
    expect(await world.until(() => (world.status('crash-loops').blocked ?? []).length > 0)).toBe(true);
    await world.clock.advance(300_000);
    expect(world.status('crash-loops').blocked?.[0]).toMatchObject({
      reason: 'AnalysisVeto',
      message: expect.stringContaining('A restart cannot help: ImageMissing at Deployment default/web') as string,
    });
    expect(world.actions()).toEqual([]);
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => {
      draft['spec'].template.metadata.annotations['sandbox.kubeskippy.io/script'] = JSON.stringify(CRASHES);
      return draft;
    });
    world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => {
      draft['spec'].triggers = [
        {
          name: 'looping',
          type: 'condition',
          conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
        },
      ];
      return draft;
    });
    expect(await world.until(() => world.phases().includes('InProgress'))).toBe(true);
  });

  it('keeps nothing back that the policy did not put under it', async () => {
    const { world } = broken({ analysis: { mode: 'advise' } });
    expect(await world.until(() => world.phases().includes('InProgress'))).toBe(true);
  });
});

describe('the order of the ladder', () => {
  it('begins with what helps against the cause, where the policy lets it', async () => {
    const actions = [
      { ...restart, priority: 90 },
      { name: 'back', type: 'rollback', priority: 10 },
    ];
    const { world } = broken({ actions, analysis: { order: 'cause' } });
    expect(await world.until(() => world.actions().length > 0)).toBe(true);
    const [first] = world.sandbox.commits().filter(({ object }) => object.kind === 'HealingAction');
    expect(first?.object['spec']).toMatchObject({ action: { name: 'back' } });
  });
});
