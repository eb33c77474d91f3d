import { describe, expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0, workload } from '../../../test/kit/core-data.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { type ActionKind, DEFAULT_ACTION_SETTINGS, type PlanInput } from '../../core/actions/action-kind.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import { restart } from '../../core/actions/restart.ts';
import { KubeError } from '../../kube/errors.ts';
import { DEPLOYMENTS, PODS } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { planAction, type PlanningContext } from './planning.ts';
import { SharedSight } from './shared-sight.ts';

const web = workload('Deployment');
const LIMITS = { namespace: 'kubeskippy-system', protectedNamespaces: [], deniedKinds: [] };

/** Plans this action; what is read beside the target is answered by name, or refused. */
async function play(
  action: HealingAction,
  change: {
    readonly target?: KubeObject | undefined;
    readonly kind?: Partial<ActionKind>;
    readonly named?: Readonly<Record<string, KubeObject | KubeError>>;
    readonly contention?: 'refuse' | 'ignore';
    readonly disabled?: 'restart';
  } = {},
) {
  const { contention = 'refuse', named = {}, disabled } = change;
  const inputs: PlanInput[] = [];
  const reads: string[] = [];
  const kind: ActionKind = {
    ...restart,
    plan: (input) => {
      inputs.push(input);
      return restart.plan(input);
    },
    ...change.kind,
  };
  const client: PlanningContext['client'] = {
    find: async () => ('target' in change ? change.target : web) as never,
    get: async (_type, { name }) => {
      reads.push(name);
      const found = named[name];
      if (found instanceof KubeError || found === undefined)
        throw found ?? new KubeError('not found', { code: 'NotFound', status: 404, delivered: 'no' });
      return found as never;
    },
    list: async () => ({ items: [] }) as never,
    listPage: () => Promise.reject(new Error('not asked for')),
    request: () => Promise.reject(new Error('not asked for')),
  };
  const context: PlanningContext = {
    client,
    shared: new SharedSight(client, { now: () => T0 }),
    resolve: async (_version, of) => [DEPLOYMENTS, PODS].find((type) => type.kind === of),
    registry:
      disabled === undefined
        ? { ...actionRegistry(), find: () => ({ value: kind }) }
        : actionRegistry({ disabled: [disabled] }),
    settings: DEFAULT_ACTION_SETTINGS,
    config: LIMITS,
    scope: { operatorNamespace: 'kubeskippy-system', clusterPolicyNamespaces: [] },
  };
  const planning = planAction(context, action, { now: T0 + MINUTE, contention, replacement: 'ignore' });
  await Promise.allSettled([planning]);
  return { planning, inputs, reads };
}

const approved = healingAction({ phase: 'Approved' });

describe('a plan', () => {
  it('is made by the kind of the action, from the live target', async () => {
    const { planning, inputs } = await play(approved);
    expect(await planning).toMatchObject({
      kind: 'planned',
      target: web,
      result: { kind: 'requests', next: 'verify' },
    });
    expect(inputs).toMatchObject([
      {
        target: web,
        path: '/apis/apps/v1/namespaces/shop/deployments/web',
        marker: 'action-uid/1',
        stage: 1,
        now: T0 + MINUTE,
        startedAt: T0 + MINUTE,
        until: T0 + 11 * MINUTE,
        origin: { name: 'web-0123456789', policy: { namespace: 'shop', name: 'p' }, trigger: 'looping' },
        limits: LIMITS,
      },
    ]);
  });

  it('of a later attempt keeps to the time of the first', async () => {
    const { inputs } = await play(healingAction(claim()));
    expect(inputs).toMatchObject([{ marker: 'action-uid/2', startedAt: T0, until: T0 + 10 * MINUTE }]);
  });

  it.each<[string, object, object]>([
    ['the target is gone', { target: undefined }, { kind: 'gone' }],
    ['another object has its name', { target: workload('Deployment', { metadata: { uid: 'x' } }) }, { kind: 'gone' }],
    ['its type was switched off', { disabled: 'restart' }, { kind: 'refused', reason: 'UnsupportedAction' }],
    ['its type cannot do that', { kind: { kinds: ['Node'] } }, { kind: 'refused', reason: 'UnsupportedKind' }],
  ])('is not made when %s', async (_title, change, planning) => {
    const played = await play(approved, change);
    expect(await played.planning).toMatchObject(planning);
    expect(played.inputs).toEqual([]);
  });
});

describe('what a kind has to know beside its target', () => {
  const get = (name: string) => ({ get: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name } });
  const pod = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } });

  it('is read, and what follows from it in rounds, of which there are four at most', async () => {
    const kind: Partial<ActionKind> = {
      needs: () => ({ p0: get('p0') }),
      // For ever one more.
      more: (_input, answers) => ({ [`p${Object.keys(answers).length}`]: get(`p${Object.keys(answers).length}`) }),
    };
    const named = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`p${n}`, pod(`p${n}`)]));
    const { planning, reads } = await play(approved, { kind, named });
    expect(await planning).toMatchObject({ kind: 'planned' });
    expect(reads).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
  });

  const tellsWhy: ActionKind['plan'] = ({ answers: { it: answer } }) => ({
    kind: 'wait',
    message: answer?.found === 'no' ? answer.reason : 'found',
  });

  it.each([
    ['is not there', 'NotFound', 404],
    ['may not be read', 'Forbidden', 403],
  ])('is answered when it %s', async (_title, code, status) => {
    const refusal = new KubeError('no', { code, status, delivered: 'no' });
    const kind = { needs: () => ({ it: get('it') }), plan: tellsWhy };
    const { planning } = await play(approved, { kind, named: { it: refusal } });
    expect(await planning).toMatchObject({ result: { message: code } });
  });

  it.each([503, 429, undefined])(
    'is no answer when the server says %s: the plan is made another time',
    async (status) => {
      const failure = new KubeError('later', { code: 'Later', delivered: 'maybe', status });
      const { planning } = await play(approved, { kind: { needs: () => ({ it: get('it') }) }, named: { it: failure } });
      await expect(planning).rejects.toBe(failure);
    },
  );

  it('is of no kind that the server does not serve', async () => {
    const kind: Partial<ActionKind> = {
      needs: () => ({ it: { get: { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w' } } }),
      plan: tellsWhy,
    };
    const { planning } = await play(approved, { kind });
    expect(await planning).toMatchObject({ result: { message: 'UnknownKind' } });
  });
});

describe('a plan for fields that somebody else sets', () => {
  const owned = workload('Deployment', {
    metadata: {
      managedFields: [{ manager: 'kustomize-controller', fieldsV1: { 'f:spec': { 'f:paused': {} } } }],
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' },
    },
  });
  const kind: Partial<ActionKind> = {
    plan: () => ({
      kind: 'requests',
      requests: [{ method: 'PATCH', path: '/x', description: 'pause' }],
      changes: [],
      summary: 'pause',
      next: 'plan again',
      fields: [['spec', 'paused']],
    }),
  };
  it.each<[string, HealingAction, 'refuse' | 'ignore', object]>([
    ['is refused', approved, 'refuse', { kind: 'refused', reason: 'FieldOwned' }],
    ['is made where the policy says so', approved, 'ignore', { kind: 'requests' }],
    // What the first stage has changed is the action's own.
    [
      'is made in the middle',
      healingAction(claim({ stageTime: '2026-01-01T00:00:00.000000Z' })),
      'refuse',
      { kind: 'requests' },
    ],
  ])('%s', async (_title, action, contention, result) => {
    const { planning } = await play(action, { target: owned, kind, contention });
    expect(await planning).toMatchObject({ kind: 'planned', result });
  });
});
