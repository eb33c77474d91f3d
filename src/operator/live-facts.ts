/** The facts of an action read live, between claim and effect (I8, I9, I24, I26): nothing here comes from a cache. */
import type { KubeObject } from '../shapes/kube.ts';
import { PAUSE_CONFIG_MAP } from '../api/names.ts';
import type { HealingAction } from '../api/parse-action.ts';
import type { HealingPolicy } from '../api/policy.ts';
import { cooldownOf, type Facts, proposalOf } from '../core/target/evaluate-target.ts';
import { continuingGates, judge } from '../core/gates/index.ts';
import type { TargetRef } from '../core/observation.ts';
import { pauseText } from '../core/pause.ts';
import { refuse, rootUid, type Verdict } from '../core/gates/proposal.ts';
import { outsideScope } from '../core/target/scope.ts';
import { CONFIG_MAPS, NAMESPACES } from '../kube/well-known.ts';
import type { Instant } from '../std/clock.ts';
import type { Operation } from './operation.ts';

export const targetOf = (action: HealingAction): TargetRef => ({
  ...action.spec.targetResource,
  uid: action.spec.targetResource.uid ?? '',
});

/** The object as the API server has it now; undefined when it is gone or its kind is none that we act on. */
export async function readLive(op: Operation, ref: TargetRef): Promise<KubeObject | undefined> {
  const type = await op.resolve(ref.apiVersion, ref.kind);
  if (type === undefined) return undefined;
  return op.client.find(type, { name: ref.name, ...(ref.namespace !== undefined && { namespace: ref.namespace }) });
}

async function readSame(op: Operation, ref: TargetRef): Promise<KubeObject | undefined> {
  const found = await readLive(op, ref);
  return found?.metadata.uid === ref.uid ? found : undefined;
}

/** Controllers, nearest first. A controller that cannot be read is known by its reference. */
async function liveChain(op: Operation, object: KubeObject): Promise<readonly KubeObject[]> {
  const chain: KubeObject[] = [];
  for (let one: KubeObject | undefined = object; one !== undefined && chain.length < 4; ) {
    const owner: { apiVersion: string; kind: string; name: string; uid: string } | undefined =
      one.metadata.ownerReferences?.find(({ controller }) => controller);
    if (owner === undefined) break;
    const { namespace } = object.metadata;
    const where = namespace === undefined ? {} : { namespace };
    const found: KubeObject | undefined = await readLive(op, { ...owner, ...where });
    const known: KubeObject | undefined = found?.metadata.uid === owner.uid ? found : undefined;
    chain.push(
      known ?? {
        apiVersion: owner.apiVersion,
        kind: owner.kind,
        metadata: { name: owner.name, uid: owner.uid, ...where },
      },
    );
    one = known;
  }
  return chain;
}

/**
 * What the target belongs to, so that others on the same workload are known to be in each other's way. Undefined when
 * the target is gone.
 */
export async function liveRoot(op: Operation, target: TargetRef): Promise<string | undefined> {
  const object = await readSame(op, target);
  return object === undefined ? undefined : rootUid(target, await liveChain(op, object));
}

/** The action is not as this process left it when it claimed it. */
export const CLAIM_LOST = 'ClaimLost';

/**
 * The gates on live data. An action that `begins` passes all of them. One that has begun `continues` as it was decided,
 * even when its policy is edited, suspended or deleted meanwhile (what runs finishes, and half of it may be worse than
 * all); the kill switch and protection stop it.
 */
export async function judgeLive(op: Operation, action: HealingAction, how: 'begins' | 'continues'): Promise<Verdict> {
  const now = op.clock.now();
  const target = targetOf(action);
  const { policyRef } = action.spec;
  const [object, namespace, pause, policy, actions] = await Promise.all([
    readLive(op, target),
    target.namespace === undefined ? undefined : op.client.find(NAMESPACES, { name: target.namespace }),
    op.client.find(CONFIG_MAPS, { namespace: op.config.namespace, name: PAUSE_CONFIG_MAP }),
    policyRef === undefined
      ? undefined
      : op.policies.readLive({ namespace: policyRef.namespace, name: policyRef.name }),
    op.actions.listLive(),
  ]);
  const self = actions.find(({ metadata }) => metadata.uid === action.uid);
  if (self?.metadata.resourceVersion !== action.metadata.resourceVersion)
    return refuse(CLAIM_LOST, 'somebody else has changed the action since it was claimed');
  if (
    how === 'begins' &&
    policyRef !== undefined &&
    (policy === undefined || policy.object.metadata.uid !== policyRef.uid)
  ) {
    return refuse('PolicyChanged', `policy ${policyRef.namespace}/${policyRef.name} is gone`);
  }
  if (how === 'begins' && policy !== undefined && policy.object.metadata.generation !== action.spec.policyGeneration) {
    return refuse(
      'PolicyChanged',
      `policy ${policyRef?.namespace}/${policyRef?.name} was edited since this was decided`,
    );
  }
  const chain = object === undefined ? [] : await liveChain(op, object);
  const facts: Facts = {
    target,
    ...(object !== undefined && { object }),
    chain,
    ...(namespace !== undefined && { namespace }),
    limits: op.config,
    history: op.history.read(actions),
    ...(pause !== undefined && { paused: pauseText(pause) }),
  };
  const compiled = policy?.policy;
  if (how === 'continues') {
    const proposal =
      compiled === undefined
        ? undefined
        : proposalOf({ policy: { ...compiled, suspend: false }, facts }, action.action, 0);
    return judge(proposal ?? { ...facts, actionType: action.action.type }, now, continuingGates);
  }
  return judgeAction(op, { action, facts, policy: compiled, byHand: policyRef === undefined }, now);
}

/**
 * The same gates on cached data, for an action that waits to be claimed. A target whose kind no cache holds yet (a
 * process has just begun) or at all (no policy selects it) is read: that it is in no cache says nothing of it (I10).
 */
export async function judgeCached(op: Operation, action: HealingAction, now: Instant): Promise<Verdict> {
  const target = targetOf(action);
  const { policyRef } = action.spec;
  const object = op.world.byUid(target.uid) ?? (op.world.isComplete(target) ? undefined : await readSame(op, target));
  const stored = policyRef === undefined ? undefined : op.policies.get(`${policyRef.namespace}/${policyRef.name}`);
  if (policyRef !== undefined && (stored === undefined || stored.object.metadata.uid !== policyRef.uid))
    return refuse('PolicyChanged', `policy ${policyRef.namespace}/${policyRef.name} is gone`);
  if (stored !== undefined && stored.object.metadata.generation !== action.spec.policyGeneration)
    return refuse(
      'PolicyChanged',
      `policy ${policyRef?.namespace}/${policyRef?.name} was edited since this was decided`,
    );
  const paused = op.world.paused();
  const namespace = target.namespace === undefined ? undefined : op.world.namespaces.get(target.namespace);
  const facts: Facts = {
    target,
    ...(object !== undefined && { object }),
    chain: object === undefined ? [] : op.world.chainOf(object),
    ...(namespace !== undefined && { namespace }),
    limits: op.config,
    history: op.history.all(),
    ...(paused !== undefined && { paused }),
  };
  return judgeAction(op, { action, facts, policy: stored?.policy, byHand: policyRef === undefined }, now);
}

interface Judged {
  readonly action: HealingAction;
  readonly facts: Facts;
  readonly policy: HealingPolicy | undefined;
  readonly byHand: boolean;
}

const selfOf = ({ uid, createdAt = 0 }: HealingAction) => ({ uid, createdAt });

function judgeAction(op: Operation, { action, facts, policy, byHand }: Judged, now: Instant): Verdict {
  if (byHand) return judge({ ...facts, actionType: action.action.type, self: selfOf(action) }, now);
  if (policy === undefined) return refuse('PolicyChanged', 'the policy cannot be read any more');
  if (policy.mode === 'monitor')
    return refuse('PolicyChanged', `policy ${policy.namespace}/${policy.name} is in mode monitor`);
  if (policy.mode === 'dryrun' && !action.spec.dryRun)
    return refuse('PolicyChanged', `policy ${policy.namespace}/${policy.name} is in mode dryrun`);
  const outOfScope = facts.object === undefined ? undefined : outsideScope(policy, facts.object, op.scope);
  const cooldownMs = cooldownOf(policy.triggers, action.spec.trigger === undefined ? [] : [action.spec.trigger]);
  const proposal = proposalOf(
    { policy, facts: { ...facts, ...(outOfScope !== undefined && { outOfScope }) } },
    action.action,
    cooldownMs,
  );
  return judge({ ...proposal, self: selfOf(action) }, now);
}
