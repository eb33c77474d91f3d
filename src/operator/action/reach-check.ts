/**
 * Asks, right before a request is sent, whether it may be: by the gates, by its path, and by the object that is there.
 * All that no precondition guards is read here: the target, its controllers and namespace, the policy and the kill
 * switch; and what a request does to another object, since a mark may have come to it since it was planned, and it may
 * belong to somebody else.
 */
import { type GateScene, judgeAction } from '../../core/action/action-gates.ts';
import { targetOf } from '../../core/action/refs.ts';
import type { ServerRefusal } from '../../core/action/refusals.ts';
import { planUndo, type UndoStep } from '../../core/action/undo.ts';
import {
  type Errand,
  type HeldBack,
  objectWithin,
  pathWithin,
  type Sight,
  wayBackWithin,
} from '../../core/authority/path-check.ts';
import type { Address } from '../../core/authority/request-path.ts';
import type { Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { resourcePath } from '../../kube/resource.ts';
import { NAMESPACES } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { LiveReads, Seeing } from '../roles.ts';
import { type ObjectReads, readAt, readChain } from './live-objects.ts';

/** Undefined: it may be sent. */
export type ReachCheck = (request: PlannedRequest) => Promise<ServerRefusal | undefined>;

type Rules = Pick<Seeing, 'registry' | 'settings' | 'scope'> & { readonly config: Errand['limits'] };

/** What the action may send, whoever has written its requests. */
export async function errandOf(rules: Rules, live: LiveReads, action: HealingAction): Promise<Errand> {
  const { registry, settings, scope, config } = rules;
  const { apiVersion, kind } = targetOf(action);
  const type = await live.resolve(apiVersion, kind);
  const reach = registry.reachOf({ template: action.spec.action, targetKind: kind, settings });
  return { action, reach, scope, limits: config, ...given({ type }) };
}

/** What is to be done about one inverse. Its path may be anybody's: it is judged before anything is read there. */
export async function lookBack(
  rules: Rules,
  live: LiveReads,
  { action, inverse }: { readonly action: HealingAction; readonly inverse: Inverse },
): Promise<UndoStep> {
  const found = wayBackWithin(inverse, await errandOf(rules, live, action));
  if (found.within === 'no') return { kind: 'impossible', message: `${found.reason}: ${found.message}` };
  return planUndo(inverse, await readAt(live, found.address));
}

export interface Checked {
  /** What the gates have read before the first request. */
  readonly scene: GateScene;
  readonly how: 'begins' | 'continues';
  /** What the gates would read now, where no precondition guards it. */
  readonly look: (at: { readonly scene: GateScene; readonly request: PlannedRequest }) => Promise<GateScene>;
  readonly clock: Pick<Clock, 'now'>;
}

/** For the requests of one stage. */
export function reachCheck(live: LiveReads, { scene, how, look, clock }: Checked, errand: Errand): ReachCheck {
  // After its first request it goes on as it was decided.
  let next = how;
  return async (request) => {
    const now = await look({ scene, request });
    const verdict = judgeAction(now, next, clock.now());
    next = 'continues';
    if (!verdict.allow) return { code: verdict.reason, message: verdict.message };
    return reachWithin(live, now, errand)(request);
  };
}

function reachWithin(live: LiveReads, scene: GateScene, errand: Errand): ReachCheck {
  const { policyRef } = errand.action.spec;
  const policy = scene.named?.uid === policyRef?.uid ? scene.named?.policy : undefined;
  const reads = remembering(live, scene, errand);
  return async (request) => {
    const found = pathWithin(request, errand);
    if (found.within === 'no') return refusal(found);
    if (found.within === 'an endpoint') return undefined;
    const sight = found.within === 'another object' ? await strangerAt(reads, found.address) : sightOf(scene);
    const held = objectWithin(request, { found, errand }, { ...sight, ...given({ policy }) });
    return held === undefined ? undefined : refusal(held);
  };
}

const refusal = ({ reason, message }: HeldBack): ServerRefusal => ({ code: reason, message });

const sightOf = ({ facts: { object, chain, namespace } }: GateScene): Sight => ({
  chain,
  ...given({ object, namespace }),
});

async function strangerAt(reads: ObjectReads, { subresource: _part, ...whole }: Address): Promise<Sight> {
  const object = await readAt(reads, whole);
  if (object === undefined) return { chain: [] };
  const { namespace: name } = object.metadata;
  const namespace = name === undefined ? undefined : await reads.client.find(NAMESPACES, { name });
  return { object, chain: await readChain(reads, object), ...given({ namespace }) };
}

/**
 * Within one stage the controllers and namespaces of many pods are the same. Each is read once; the target and its
 * namespace were read by the gates.
 */
function remembering(live: LiveReads, { facts }: GateScene, { type: targetType }: Errand): ObjectReads {
  const { object, namespace, target } = facts;
  const known = new Map<string, Promise<KubeObject | undefined>>();
  if (targetType !== undefined && object !== undefined) {
    const type = { ...targetType, namespaced: target.namespace !== undefined };
    known.set(resourcePath(type, target), Promise.resolve(object));
  }
  if (namespace !== undefined) known.set(resourcePath(NAMESPACES, namespace.metadata), Promise.resolve(namespace));
  const find: ObjectReads['client']['find'] = (type, key, options) => {
    const path = resourcePath(type, { ...key, subresource: options?.subresource });
    const found = known.get(path) ?? live.client.find(type, key, options);
    known.set(path, found);
    return found;
  };
  return { resolve: (apiVersion, kind) => live.resolve(apiVersion, kind), client: { find } };
}
