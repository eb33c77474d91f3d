/**
 * What the gates of an action judge, gathered in two ways: from the caches, for an action that waits to be claimed, and
 * by live reads, between claim and effect (I8, I9, I24, I26).
 */

import { PAUSE_CONFIG_MAP } from '../../api/names.ts';
import type { PlannedRequest } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import { targetOf } from '../../core/action/refs.ts';
import { rootUid } from '../../core/gates/proposal.ts';
import { withLedger } from '../../core/ledger.ts';
import { pauseText } from '../../core/pause.ts';
import { resourcePath } from '../../kube/resource.ts';
import { CONFIG_MAPS, NAMESPACES } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given, ifGiven } from '../../std/given.ts';
import { actionSince, analysisFacts } from '../analysis/known-causes.ts';
import { cachedFacts, limitsOf, policyFactsOf } from '../cached-facts.ts';
import type { StoredPolicy } from '../policy-store.ts';
import type { LiveReads, Seeing, Stores } from '../roles.ts';
import { authorScene, liveApproval } from './authority-scenes.ts';
import { readChain, readNamed, readSame } from './live-objects.ts';
import { cachedLook, liveLook } from './trigger-looks.ts';

/**
 * A target whose kind no cache holds yet (a process has just begun) or at all (no policy selects it) is read: that it
 * is in no cache says nothing of it (I10).
 */
export async function cachedGates(seeing: Seeing, live: LiveReads, action: HealingAction): Promise<GateScene> {
  const { world, scope, policies } = seeing;
  const target = targetOf(action);
  const { policyRef } = action.spec;
  const object = world.byUid(target.uid) ?? (world.isComplete(target) ? undefined : await readSame(live, target));
  const stored = policyRef === undefined ? undefined : policies.get(`${policyRef.namespace}/${policyRef.name}`);
  const policy = ifGiven(policyRef, ({ uid = '', ...named }) => ({ ...named, uid }));
  const analysis = analysisFacts(seeing, { policy: stored?.policy, target, since: actionSince(action) });
  const facts = {
    ...cachedFacts(seeing, { target, ...given({ object, policy }) }),
    ...policyFactsOf(seeing, policyRef),
    ...given({ analysis }),
  };
  const look = cachedLook(seeing, { action, policy: stored?.policy, object });
  return { action, claim: 'ours', scope, ...namedPolicy(stored), facts, ...given({ look }) };
}

/**
 * Nothing of it comes from a cache but Events, metrics, and how many of the policy's targets are in trouble: no bounded
 * number of reads can tell that. It is counted last, and nothing is done while the caches may be out of date. An
 * analysis has read what it tells of, and can only hold the action back.
 */
export async function liveGates(
  seeing: Seeing,
  { live, stores, how }: { readonly live: LiveReads; readonly stores: Stores; readonly how: 'begins' | 'continues' },
  action: HealingAction,
): Promise<GateScene> {
  const { config, scope, history } = seeing;
  const { client } = live;
  const target = targetOf(action);
  const { policyRef } = action.spec;
  const [object, namespace, pause, stored, self, actions, approval, author] = await Promise.all([
    readNamed(live, target),
    target.namespace === undefined ? undefined : client.find(NAMESPACES, { name: target.namespace }),
    client.find(CONFIG_MAPS, { namespace: config.namespace, name: PAUSE_CONFIG_MAP }),
    policyRef === undefined
      ? undefined
      : stores.policies.readLive({ namespace: policyRef.namespace, name: policyRef.name }),
    stores.actions.readLive(action),
    how === 'begins' ? othersThan(stores, action) : [],
    action.spec.approvalRequired ? liveApproval({ config, live }, action) : undefined,
    authorScene({ config, live }, action),
  ]);
  // After them: an action that is missing there was in the ledger before.
  const gone = how === 'begins' ? await stores.ledger.readLive() : [];
  const chain = object === undefined ? [] : await readChain(live, object);
  // What has begun goes on as it was decided.
  const look = how === 'begins' ? await liveLook(seeing, live, { action, policy: stored?.policy, object }) : undefined;
  const workload = { targetUid: target.uid, namespace: target.namespace, rootUid: rootUid(target, chain) };
  const policy = ifGiven(policyRef, ({ uid = '', ...named }) => ({ ...named, uid }));
  const at = { now: seeing.clock.now(), leapMs: seeing.leapMs() };
  return {
    action,
    claim: isSame(self, action) ? 'ours' : 'lost',
    scope,
    ...namedPolicy(stored),
    ...given({ approval, author, look }),
    facts: {
      target,
      ...given({ object, namespace }),
      chain,
      limits: limitsOf(seeing),
      history:
        actions === 'in the cache'
          ? history.about({ ...workload, ...given({ policy }) }, at)
          : withLedger(history.read(actions), gone),
      ...given({
        paused: ifGiven(pause, pauseText),
        commonCause: seeing.shared.in(target.namespace ?? '', workload.rootUid),
      }),
      ...policyFactsOf(seeing, policyRef),
      ...given({
        analysis: analysisFacts(seeing, { policy: stored?.policy, target, since: actionSince(action) }),
      }),
    },
  };
}

const isSame = (self: KubeObject | undefined, { uid, metadata }: HealingAction): boolean =>
  self?.metadata.uid === uid && self.metadata.resourceVersion === metadata.resourceVersion;

/**
 * The actions that were committed before this one was claimed; whoever claims later sees this one. Where the watch has
 * shown the claim it has shown them too, and to list some ten thousand once more would tell the same. Only a watch that
 * lags behind makes that necessary.
 */
async function othersThan(
  { actions }: Pick<Stores, 'actions'>,
  action: HealingAction,
): Promise<readonly KubeObject[] | 'in the cache'> {
  return (await actions.caughtUp(action)) === 'seen' ? 'in the cache' : actions.listLive();
}

/**
 * Right before a request leaves: what no precondition of the request can guard is read once more. Since the gates have
 * read it, the intent was recorded, which takes as long as the disk takes, and other requests of the stage were sent.
 */
export async function lastLook(
  { config, live, stores }: Pick<Seeing, 'config'> & { readonly live: LiveReads; readonly stores: Stores },
  { scene, request }: { readonly scene: GateScene; readonly request: PlannedRequest },
): Promise<GateScene> {
  const { action, facts, named: _before, ...rest } = scene;
  const { object: before, namespace: _namespace, paused: _paused, ...known } = facts;
  const { client } = live;
  const { target } = facts;
  const { policyRef } = action.spec;
  const isHeld = await holds(live, request, before);
  const [object, namespace, pause, stored] = await Promise.all([
    isHeld ? before : readNamed(live, target),
    target.namespace === undefined ? undefined : client.find(NAMESPACES, { name: target.namespace }),
    client.find(CONFIG_MAPS, { namespace: config.namespace, name: PAUSE_CONFIG_MAP }),
    policyRef === undefined
      ? undefined
      : stores.policies.readLive({ namespace: policyRef.namespace, name: policyRef.name }),
  ]);
  const chain = object === undefined ? [] : await readChain(live, object);
  const paused = ifGiven(pause, pauseText);
  return {
    action,
    ...rest,
    ...namedPolicy(stored),
    facts: { ...known, chain, ...given({ object, namespace, paused }) },
  };
}

/**
 * Whether the server itself refuses the request unless the target still is as it was read: the request goes to the
 * target and asks for that very version.
 */
async function holds(
  live: LiveReads,
  { path, precondition }: PlannedRequest,
  object: KubeObject | undefined,
): Promise<boolean> {
  if (object === undefined || precondition?.resourceVersion !== object.metadata.resourceVersion) return false;
  const type = await live.resolve(object.apiVersion, object.kind);
  return (
    type !== undefined && path === resourcePath(type, object.metadata) && precondition?.uid === object.metadata.uid
  );
}

function namedPolicy(stored: StoredPolicy | undefined): Pick<GateScene, 'named'> {
  if (stored === undefined) return {};
  const { uid, generation } = stored.object.metadata;
  return { named: given({ uid, generation, policy: stored.policy }) };
}
