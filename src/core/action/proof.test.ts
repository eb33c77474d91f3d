import { describe, expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, pod, podWith, policyOf, SECOND, T0, WEB, workload } from '../../../test/kit/core-data.ts';
import type { ActionStatus, ResourceChange } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { toMicroTime, toTimestamp } from '../../std/clock.ts';
import { type Outcome, type Seen, successorOf } from '../actions/action-kind.ts';
import type { Observation } from '../observation.ts';
import { isReplacement, type Scene, sightOf, takesAway, type Watched } from './proof.ts';

const KIND: Watched['kind'] = { proof: 'healed', classify: () => 'unknown', successor: successorOf };
const NOTHING: Scene = { keepers: [], replacements: [] };
const seen = (target: KubeObject, pods: readonly Pod[] = []): Observation => ({ target, pods, events: [] });

const well = workload('Deployment');
const ill = workload('Deployment', { status: { readyReplicas: 1 } });
const looping = podWith({ state: { waiting: { reason: 'CrashLoopBackOff' } }, ready: false });
const POLICY = policyOf({ safetyRules: { requireHealthCheck: true } });
const LENIENT = policyOf({ safetyRules: { requireHealthCheck: false } });

/** `healthy`, or the message. */
function judge(watched: Partial<Watched>, scene: Partial<Scene>): string {
  const { health } = sightOf(
    { action: healingAction(claim()), kind: KIND, policy: POLICY, ...watched },
    { ...NOTHING, ...scene },
    T0 + SECOND,
  );
  return health.state === 'healthy' ? 'healthy' : `${health.state}: ${health.message}`;
}

describe('a target that stays is proven', () => {
  it.each<[string, HealingPolicy | undefined, Scene['target'], string]>([
    ['by its health', POLICY, seen(well), 'healthy'],
    ['not while it is ill', POLICY, seen(ill), 'unhealthy: Deployment web: 1 of 3 replicas are ready'],
    ['not when it is gone', POLICY, undefined, 'unknown: Deployment shop/web is gone'],
    ['not while its trigger holds', POLICY, seen(well, [looping]), 'unhealthy: trigger looping still holds: '],
    ['by its trigger alone, where health is not asked for', LENIENT, seen(ill), 'healthy'],
    ['not by that while the trigger holds', LENIENT, seen(ill, [looping]), 'unhealthy: trigger looping still holds: '],
    ['by its health alone, without a policy', undefined, seen(well, [looping]), 'healthy'],
    ['not while it is ill, without a policy', undefined, seen(ill), 'unhealthy: '],
  ])('%s', (_title, policy, target, found) => {
    expect(judge({ policy }, target === undefined ? {} : { target })).toContain(found);
  });

  it('not where the data is missing that would tell whether its trigger holds (I13)', () => {
    const policy = policyOf({
      triggers: [
        {
          name: 'looping',
          type: 'metric',
          metricTrigger: { query: 'errors', operator: '>', threshold: 1, duration: '0s' },
        },
      ],
    });
    expect(judge({ policy }, { target: seen(well) })).toMatch(/^unknown: trigger looping: /);
  });
});

describe('an effect is proven', () => {
  const asked: Seen[] = [];
  const kind = (outcome: Outcome): Watched['kind'] => ({
    proof: 'effect',
    classify: (one) => {
      asked.push(one);
      return outcome;
    },
  });
  it.each<[Outcome, string]>([
    ['done', 'healthy'],
    ['not done', 'unhealthy: Deployment shop/web does not show what was done'],
    ['unknown', 'unhealthy: Deployment shop/web does not show what was done'],
  ])('by what the object shows: %s', (outcome, found) => {
    // However ill it is.
    expect(judge({ kind: kind(outcome) }, { target: seen(ill) })).toBe(found);
    expect(asked.at(-1)?.target).toEqual(ill);
  });
});

const removal = (uid: string): ResourceChange => ({
  resourceRef: 'x',
  changeType: 'delete',
  field: 'metadata.uid',
  oldValue: uid,
});
/** An action on this target that takes it away; it belongs to the Deployment unless said otherwise. */
const removing = (kind: string, rootUid: string = WEB.uid, status: ActionStatus = {}): HealingAction =>
  healingAction(claim({ result: { success: false, changes: [removal('target-uid')] }, ...status }), {
    spec: { targetResource: { ...WEB, apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, uid: 'target-uid' } },
    labels: { 'kubeskippy.io/root-uid': rootUid },
  });

describe('a target that was taken away is proven', () => {
  const going = pod({ metadata: { uid: 'target-uid', deletionTimestamp: toTimestamp(T0) } });
  it.each<[string, HealingAction, Partial<Scene>, string]>([
    ['not while it is there', removing('Pod'), { target: seen(pod()) }, 'unhealthy: Pod shop/web has not gone yet'],
    ['not while it goes', removing('Pod'), { target: seen(going) }, 'unhealthy: Pod shop/web is terminating'],
    ['by its absence, where nothing brings it back', removing('ConfigMap', 'target-uid'), {}, 'healthy'],
    // The next Job comes when its time has come.
    ['by its absence, as a Job', removing('Job', 'cron-job-uid'), { keepers: [ill] }, 'healthy'],
    ['not without its controller', removing('Pod'), {}, 'unknown: the controller of Pod shop/web is gone'],
    [
      'not while its controller is ill',
      removing('Pod'),
      { keepers: [ill], replacements: [seen(pod())] },
      'unhealthy: ',
    ],
    ['not while one of them is ill', removing('ReplicaSet'), { keepers: [well, ill] }, 'unhealthy: '],
    ['by its controller', removing('ReplicaSet'), { keepers: [well] }, 'healthy'],
    [
      'not without another pod',
      removing('Pod'),
      { keepers: [well] },
      'unhealthy: Deployment web has not replaced the pod',
    ],
    ['by another pod', removing('Pod'), { keepers: [well], replacements: [seen(pod())] }, 'healthy'],
    [
      'not while the trigger holds for one of the new pods',
      removing('Pod'),
      { keepers: [well], replacements: [seen(pod()), seen(looping, [looping])] },
      'unhealthy: trigger looping still holds: ',
    ],
  ])('%s', (_title, action, scene, found) => {
    expect(judge({ action }, scene)).toContain(found);
  });

  it('by its controller, whatever its kind, for types that do not say more', () => {
    const { successor: _more, ...kind } = KIND;
    expect(judge({ action: removing('Pod'), kind }, { keepers: [well] })).toBe('healthy');
  });

  it('only where the target itself was taken away, not what it owns', () => {
    const evicts = (uid: string) => healingAction(claim({ result: { success: false, changes: [removal(uid)] } }));
    expect([takesAway(evicts(WEB.uid)), takesAway(evicts('a-pod'))]).toEqual([true, false]);
  });
});

describe('a pod came in the place of another', () => {
  it.each<[string, number, boolean]>([
    ['when it was made before the claim', -2 * SECOND, false],
    // Timestamps have whole seconds.
    ['when it was made in the same second', -SECOND, true],
    ['when it was made after the claim, and before a late note of the effect', SECOND, true],
  ])('%s: %i ms, %s', (_title, ms, answer) => {
    const action = healingAction(claim({ effectTime: toMicroTime(T0 + 60 * SECOND) }));
    const made = pod({ metadata: { creationTimestamp: toTimestamp(T0 + ms) } });
    expect(isReplacement(action, made, T0 + 90 * SECOND)).toBe(answer);
  });
});

describe('harm (I7)', () => {
  const action = healingAction(claim({ baseline: { wanted: 3, ready: 3 } }));
  const watched = { action, kind: KIND, policy: LENIENT };
  it('is no success, not even where health is not asked for', () => {
    expect(sightOf(watched, { ...NOTHING, target: seen(ill), workload: ill }, T0)).toEqual({
      health: { state: 'unhealthy', message: '1 of 3 are ready; before it were 3 of 3' },
      harm: '1 of 3 are ready; before it were 3 of 3',
    });
  });

  it('is not seen where the workload is not known', () => {
    expect(sightOf(watched, { ...NOTHING, target: seen(ill) }, T0)).toEqual({ health: { state: 'healthy' } });
  });
});
