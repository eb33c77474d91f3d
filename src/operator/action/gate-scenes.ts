/**
 * What the gates of an action judge, gathered in two ways: from the caches, for an action that waits to be claimed, and
 * by live reads, between claim and effect (I8, I9, I24, I26).
 */

import { PAUSE_CONFIG_MAP } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import { targetOf } from '../../core/action/refs.ts';
import { rootUid } from '../../core/gates/proposal.ts';
import { withLedger } from '../../core/ledger.ts';
import { pauseText } from '../../core/pause.ts';
import { CONFIG_MAPS, NAMESPACES } from '../../kube/well-known.ts';
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
  const [object, namespace, pause, stored, actions, approval, author] = await Promise.all([
    readNamed(live, target),
    target.namespace === undefined ? undefined : client.find(NAMESPACES, { name: target.namespace }),
    client.find(CONFIG_MAPS, { namespace: config.namespace, name: PAUSE_CONFIG_MAP }),
    policyRef === undefined
      ? undefined
      : stores.policies.readLive({ namespace: policyRef.namespace, name: policyRef.name }),
    stores.actions.listLive(),
    action.spec.approvalRequired ? liveApproval({ config, live }, action) : undefined,
    authorScene({ config, live }, action),
  ]);
  // After the list: an action that is missing there was in the ledger before.
  const gone = how === 'begins' ? await stores.ledger.readLive() : [];
  const chain = object === undefined ? [] : await readChain(live, object);
  // What has begun goes on as it was decided.
  const look = how === 'begins' ? await liveLook(seeing, live, { action, policy: stored?.policy, object }) : undefined;
  const self = actions.find(({ metadata }) => metadata.uid === action.uid);
  return {
    action,
    claim: self?.metadata.resourceVersion === action.metadata.resourceVersion ? 'ours' : 'lost',
    scope,
    ...namedPolicy(stored),
    ...given({ approval, author, look }),
    facts: {
      target,
      ...given({ object, namespace }),
      chain,
      limits: limitsOf(seeing),
      history: withLedger(history.read(actions), gone),
      ...given({
        paused: ifGiven(pause, pauseText),
        commonCause: seeing.shared.in(target.namespace ?? '', rootUid(target, chain)),
      }),
      ...policyFactsOf(seeing, policyRef),
      ...given({
        analysis: analysisFacts(seeing, { policy: stored?.policy, target, since: actionSince(action) }),
      }),
    },
  };
}

/**
 * Right before a request leaves: what no precondition of the request can guard is read once more. Since the gates have
 * read it, the intent was recorded, which takes as long as the disk takes, and other requests of the stage were sent.
 */
export async function lastLook(
  { config, live, stores }: Pick<Seeing, 'config'> & { readonly live: LiveReads; readonly stores: Stores },
  scene: GateScene,
): Promise<GateScene> {
  const { action, facts, named: _before, ...rest } = scene;
  const { object: _object, namespace: _namespace, paused: _paused, ...known } = facts;
  const { client } = live;
  const { target } = facts;
  const { policyRef } = action.spec;
  const [object, namespace, pause, stored] = await Promise.all([
    readNamed(live, target),
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

function namedPolicy(stored: StoredPolicy | undefined): Pick<GateScene, 'named'> {
  if (stored === undefined) return {};
  const { uid, generation } = stored.object.metadata;
  return { named: given({ uid, generation, policy: stored.policy }) };
}
