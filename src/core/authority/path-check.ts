/**
 * Whether a request may leave: by its method and path alone it has to lie inside what the target and the type of its
 * action allow, and in the namespaces that the policy, or the action of a person, may reach; then its body and the
 * object at the path are judged (I37). Asked right before every request, the way back included, since a plan may have
 * been written by somebody else, and an object may have changed hands.
 */
import type { Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { targetOf } from '../action/refs.ts';
import { autoscalersOf } from '../actions/autoscaler.ts';
import { permits } from '../actions/plugin-rules.ts';
import { disruptionMarkOf, protectionOf } from '../gates/protection.ts';
import type { OperatorLimits } from '../gates/proposal.ts';
import { describeObject, describeTarget, targetRef } from '../observation.ts';
import type { GateReason, ReachReason } from '../reasons/index.ts';
import { namespacesOf, type ScopeRules } from '../target/scope.ts';
import type { Reach, RequestReach } from './reach.ts';
import { creationProblem, evictionProblem, markProblem, patchProblem, removalProblem } from './request-body.ts';
import { type Address, addressOf } from './request-path.ts';

/** What a request is sent for. */
export interface Errand {
  readonly action: HealingAction;
  readonly reach: readonly Reach[];
  /** Of the target's kind; absent when the server does not serve it. */
  readonly type?: Pick<Address, 'group' | 'version' | 'resource'>;
  readonly scope: ScopeRules;
  readonly limits: Pick<OperatorLimits, 'namespace' | 'protectedNamespaces' | 'deniedKinds'>;
}

type ObjectReach = Exclude<Reach, { readonly to: 'endpoints' }>;

type Request = Pick<PlannedRequest, 'method' | 'path' | 'endpoint' | 'contentType' | 'body' | 'precondition'>;

/** `NotFound`, `Conflict`: as the server would answer. */
type Reason = ReachReason | Extract<GateReason, 'Protected' | 'OutOfScope'> | 'NotFound' | 'Conflict';

export interface HeldBack {
  readonly within: 'no';
  readonly reason: Reason;
  readonly message: string;
}

export type Within =
  | { readonly within: 'an endpoint' }
  | {
      /** Which object has to be judged: none yet, the target, or another one. */
      readonly within: 'a new object' | 'the target' | 'another object';
      readonly line: ObjectReach;
      readonly address: Address;
    };

type AtObject = Exclude<Within, { readonly within: 'an endpoint' }>;

const no = (reason: Reason, message: string): HeldBack => ({ within: 'no', reason, message });
const shown = ({ method, path }: Pick<Request, 'method' | 'path'>): string => `${method} ${path}`;

/** By its method and path alone. */
export function pathWithin(request: Request, errand: Errand): Within | HeldBack {
  const { action, reach } = errand;
  const what = `an action of type ${action.spec.action.type} on ${describeTarget(targetOf(action))}`;
  if (request.endpoint !== undefined) {
    const { endpoint } = request;
    const isNamed = reach.some((line) => line.to === 'endpoints' && line.names.includes(endpoint));
    return isNamed && request.path === ''
      ? { within: 'an endpoint' }
      : no('OutOfReach', `${what} may not call ${endpoint}`);
  }
  const address = addressOf(request.path);
  if (address === undefined) return no('OutOfReach', `${shown(request)}: the operator writes no such path`);
  const line = reach.find((one): one is ObjectReach =>
    one.to === 'endpoints'
      ? false
      : one.to === 'declared objects'
        ? permits(one.rules, request)
        : one.method === request.method && one.subresource === address.subresource && lies(one, address, errand),
  );
  if (line === undefined) return no('OutOfReach', `${shown(request)} is nothing that ${what} may send`);
  const outside = outsideScope(address, errand) ?? protectedPlace(line, address, errand);
  if (outside !== undefined) return outside;
  if (address.name === undefined) return { within: 'a new object', line, address };
  return { within: isTarget(address, errand) ? 'the target' : 'another object', line, address };
}

/** The same of what takes a change back. It never calls an endpoint, and it patches what it was made for. */
export function wayBackWithin(inverse: Inverse, errand: Errand): AtObject | HeldBack {
  const found = pathWithin(inverse, errand);
  if (found.within === 'no') return found;
  const isPatch = inverse.method === 'PATCH' && inverse.contentType !== 'application/strategic-merge-patch+json';
  if (found.within !== 'an endpoint' && (isPatch || found.line.to === 'declared objects')) return found;
  return no('OutOfReach', `${shown(inverse)} takes nothing back`);
}

const isTarget = ({ group, version, resource, namespace, name }: Address, { action, type }: Errand): boolean => {
  const target = targetOf(action);
  return (
    type?.group === group &&
    type.version === version &&
    type.resource === resource &&
    target.namespace === namespace &&
    target.name === name
  );
};

function lies({ to }: RequestReach, address: Address, errand: Errand): boolean {
  const { group, version, resource, namespace, name } = address;
  const near = targetOf(errand.action).namespace;
  const is = (wanted: string): boolean => `${group}/${version}/${resource}` === wanted;
  switch (to) {
    case 'the target':
      return isTarget(address, errand);
    case 'its pods':
      return is('/v1/pods') && near !== undefined && namespace === near && name !== undefined;
    case 'the pods of the node':
      return is('/v1/pods') && namespace !== undefined && name !== undefined;
    case 'its autoscaler':
      return is('autoscaling/v2/horizontalpodautoscalers') && namespace === near && name !== undefined;
    case 'a new Job':
      return is('batch/v1/jobs') && namespace === homeOf(errand.action) && name === undefined;
  }
}

/** Where the policy lies, or the action that a person made. */
const homeOf = ({ spec, namespace }: HealingAction): string => spec.policyRef?.namespace ?? namespace;

/** Only some homes reach beyond themselves; and the operator puts its own actions where their target lies. */
function outsideScope({ namespace }: Address, { action, scope }: Errand): HeldBack | undefined {
  const home = homeOf(action);
  const target = targetOf(action);
  if (action.spec.policyRef !== undefined && action.namespace !== (target.namespace ?? home))
    return no(
      'OutOfScope',
      `the operator makes no action on ${describeTarget(target)} in namespace ${action.namespace}`,
    );
  if (namespace === home || scope.clusterPolicyNamespaces.includes(home)) return undefined;
  const where = namespace === undefined ? 'what lies in no namespace' : `namespace ${namespace}`;
  return no('OutOfScope', `actions of namespace ${home} may not reach ${where}; see clusterPolicyNamespaces`);
}

function protectedPlace(
  line: Reach,
  { namespace, resource, name }: Address,
  { action, limits }: Errand,
): HeldBack | undefined {
  const where = namespace ?? (resource === 'namespaces' ? name : undefined);
  // A Job runs beside its template, and changes nothing that is there.
  if (where === undefined || (line.to === 'a new Job' && where === homeOf(action))) return undefined;
  if (where === limits.namespace) return no('Protected', `namespace ${where} is the operator's own`);
  return limits.protectedNamespaces.includes(where)
    ? no('Protected', `namespace ${where} is protected by the operator's configuration`)
    : undefined;
}

/** What was read live since the action was claimed. */
export interface Sight {
  /** At the path of the request; the target for its subresources. Absent when it is gone, or is to be made. */
  readonly object?: KubeObject;
  /** Its controllers. */
  readonly chain: readonly KubeObject[];
  /** Its namespace. */
  readonly namespace?: KubeObject;
  /** The policy that the action names, and none of another UID. */
  readonly policy?: HealingPolicy;
}

/** By its body and the object that it goes to. Undefined: it may be sent. */
export function objectWithin(
  request: Request,
  { found, errand }: { readonly found: AtObject; readonly errand: Errand },
  sight: Sight,
): HeldBack | undefined {
  const { line, address, within } = found;
  const { object, policy } = sight;
  if (within === 'a new object') return madeWithin(request, found, errand);
  if (object === undefined) return no('NotFound', `${shown(request)}: the object is gone`);
  if (!isAt(object, address)) return no('OutOfReach', `${shown(request)}: ${describeObject(object)} was read there`);
  const uid =
    within === 'the target' ? targetOf(errand.action).uid : (request.precondition?.uid ?? object.metadata.uid);
  if (object.metadata.uid !== uid) return no('Conflict', `${describeObject(object)} was replaced by another object`);
  // The gates have judged the target.
  const why = within === 'the target' ? undefined : strangerProblem(found, errand, sight);
  if (why !== undefined) return why;
  const rules = errand.scope;
  const reached = policy && line.to === 'declared objects' ? namespacesOf(policy, rules) : undefined;
  const { namespace = homeOf(errand.action) } = address;
  if (reached !== undefined && ![...reached, homeOf(errand.action)].includes(namespace))
    return no('OutOfScope', `namespace ${namespace} is not among the policy's namespaces`);
  const problem = bodyProblem(request, { line, address, object });
  return problem === undefined ? undefined : no('OutOfReach', `${shown(request)}: ${problem}`);
}

const isAt = ({ apiVersion, metadata }: KubeObject, { group, version, namespace, name }: Address): boolean =>
  apiVersion === (group === '' ? version : `${group}/${version}`) &&
  metadata.name === name &&
  metadata.namespace === namespace;

function madeWithin(
  request: Request,
  { line, address: { namespace = '' } }: AtObject,
  { action }: Errand,
): HeldBack | undefined {
  if (line.to === 'declared objects') return undefined;
  const made = { apiVersion: 'batch/v1', kind: 'Job', namespace, action: action.uid };
  const problem = creationProblem(request, made);
  return problem === undefined ? undefined : no('OutOfReach', `${shown(request)}: ${problem}`);
}

/** An object beside the target has to belong to it, and nobody may have said that it is not to be touched. */
function strangerProblem(
  { line, address }: AtObject,
  { action, limits }: Errand,
  { object, chain, namespace, policy }: Sight,
): HeldBack | undefined {
  if (object === undefined) return no('NotFound', `${address.resource} ${address.name} is gone`);
  const target = targetOf(action);
  const what = describeObject(object);
  const isOurs = (): boolean => {
    switch (line.to) {
      case 'its pods':
        return chain.some(({ metadata }) => metadata.uid === target.uid);
      case 'the pods of the node':
        return (object['spec'] as { readonly nodeName?: string } | undefined)?.nodeName === target.name;
      case 'its autoscaler': {
        const scalers = autoscalersOf({ found: 'yes', objects: [object] }, { ...target, metadata: target });
        return 'value' in scalers && scalers.value.length === 1;
      }
      case 'declared objects':
        return true;
      case 'the target':
      case 'a new Job':
        return false;
    }
  };
  if (!isOurs()) return no('OutOfReach', `${what} does not belong to ${describeTarget(target)}`);
  const subject = { target: targetRef(object), object, chain, limits, ...given({ namespace }) };
  const why =
    protectionOf(subject, policy?.safety.protectedResources ?? []) ??
    (address.subresource === 'eviction' ? disruptionMarkOf(object) : undefined);
  return why === undefined ? undefined : no('Protected', why);
}

function bodyProblem(
  request: Request,
  { line, address, object }: { readonly line: ObjectReach; readonly address: Address; readonly object: KubeObject },
): string | undefined {
  const { uid = '' } = object.metadata;
  if (line.to === 'declared objects')
    return ['PATCH', 'PUT'].includes(request.method) ? markProblem(request, object) : undefined;
  if (line.method === 'DELETE') return removalProblem(request, uid);
  if (line.method === 'POST') return evictionProblem(request, address, uid);
  // The scale of a workload is another object, which has its UID and version, and nothing but a count to be changed.
  const changed = address.subresource === 'scale' ? undefined : object;
  return patchProblem(request, { uid, ...given({ object: changed }), fields: line.fields ?? [] });
}
