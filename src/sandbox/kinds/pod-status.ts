/** What a pod's status may say. */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, forbiddenField } from '../machinery/field-errors.ts';
import { asNumber, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { ipAddress } from './field-checks.ts';

export function podStatusErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  return [
    ...transitionErrors(object, old, { statuses: 'containerStatuses', containers: 'containers' }),
    ...transitionErrors(object, old, { statuses: 'initContainerStatuses', containers: 'initContainers' }),
    ...objectsOf(at(object, 'status', 'podIPs')).flatMap(({ ip }, index) =>
      ipAddress(asText(ip), `status.podIPs[${index}]`),
    ),
  ];
}

/**
 * A container that ended for good does not run again:
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
function transitionErrors(
  object: Draft,
  old: KubeObject,
  { statuses, containers }: { readonly statuses: string; readonly containers: string },
): readonly FieldError[] {
  const now = new Map(objectsOf(at(object, 'status', statuses)).map((status) => [status['name'], status]));
  const specs = new Map(objectsOf(at(old, 'spec', containers)).map((container) => [container['name'], container]));
  return objectsOf(at(old, 'status', statuses)).flatMap((status, index) => {
    const ended = at(status, 'state', 'terminated');
    const next = now.get(status['name']);
    if (!isObject(ended) || !next || isObject(at(next, 'state', 'terminated'))) return [];
    if (
      mayRestart(specs.get(status['name']), asText(at(old, 'spec', 'restartPolicy')), asNumber(ended['exitCode']) ?? 0)
    )
      return [];
    return [forbiddenField(`status.${statuses}[${index}].state`, 'may not be transitioned to non-terminated state')];
  });
}

/** A container's own policy goes before its pod's; its rules may say anything of any exit code. */
function mayRestart(container: Draft | undefined, ofPod: string, exitCode: number): boolean {
  if (container && objectsOf(container['restartPolicyRules']).length > 0) return true;
  const policy = asText(container?.['restartPolicy']) || ofPod;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
