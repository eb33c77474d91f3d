/** What an action is about, as Events and messages name it. */
import { API_VERSION, HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { TargetRef } from '../observation.ts';

/** Its UID is empty while nobody has said it: not the action's author, and not yet the operator. */
export const targetOf = ({ spec, status }: Pick<HealingAction, 'spec' | 'status'>): TargetRef => ({
  ...spec.targetResource,
  uid: spec.targetResource.uid ?? (spec.policyRef === undefined ? status.targetUid : undefined) ?? '',
});

/**
 * The action, its target, and the policy that it came from. Before it is claimed nothing has proved that it may reach
 * what it names: until then nothing is written in other namespaces than its own.
 */
export function aboutOf(action: HealingAction): readonly TargetRef[] {
  const [self, ...named] = namedBy(action);
  const isProved = action.status.startTime !== undefined;
  return [self, ...named.filter((one) => isProved || one.namespace === action.namespace)];
}

export const selfOf = ({ namespace, name, uid }: HealingAction): TargetRef => ({
  apiVersion: API_VERSION,
  kind: HEALING_ACTION.kind,
  namespace,
  name,
  uid,
});

function namedBy(action: HealingAction): readonly [TargetRef, ...TargetRef[]] {
  const self = selfOf(action);
  const { policyRef } = action.spec;
  if (policyRef === undefined) return [self, targetOf(action)];
  const policy = {
    apiVersion: API_VERSION,
    kind: HEALING_POLICY.kind,
    namespace: policyRef.namespace,
    name: policyRef.name,
    uid: policyRef.uid ?? '',
  };
  return [self, targetOf(action), policy];
}
