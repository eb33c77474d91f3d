/**
 * Whether a cordon of ours can be taken back: the node bears the cordon of that action, and is well. That no other
 * trigger of the policy is open for it, `watched-triggers.ts` sees to.
 */
import type { CordonedTrigger } from '../../api/policy.ts';
import type { Condition, KubeObject } from '../../shapes/kube.ts';
import { healthOf } from '../health.ts';
import { describeObject, type Firing, type Observation } from '../observation.ts';

export function evaluateCordoned({ action }: CordonedTrigger, { target, cordonedBy }: Observation): Firing {
  const what = describeObject(target);
  if (cordonedBy?.template !== action) return no(`${what} bears no cordon of action ${action}`);
  const health = healthOf(target);
  if (health.state === 'unknown') return { holds: 'unknown', detail: health.message };
  if (health.state === 'unhealthy') return no(health.message);
  const problem = problemOf(target);
  if (problem !== undefined) return no(`${what} reports ${problem.type}=${problem.status}`);
  const { namespace, name } = cordonedBy;
  return { holds: 'true', detail: `${what} is well, and still cordoned by HealingAction ${namespace}/${name}` };
}

const no = (detail: string): Firing => ({ holds: 'false', detail });

/** Of a node every condition but Ready is a problem while it is True, those of node-problem-detector included. */
function problemOf(node: KubeObject): Condition | undefined {
  const { conditions = [] } = (node['status'] ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions.find(({ type, status }) => type !== 'Ready' && status === 'True');
}
