/** What a pod's status may say: ValidatePodStatusUpdate of k8s.io/kubernetes/pkg/apis/core/validation. */
import type { KubeObject } from '../../shapes/kube.ts';
import { isIPv6 } from 'node:net';
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asList, asNumber, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { ofEach, together } from '../machinery/together.ts';
import { internalForm } from '../schema/internal-form.ts';
import { ipAddress, textErrors } from './field-checks.ts';
import { heldAnnotationErrors } from './pod-update.ts';

const NOT_NEGATIVE = 'must be a non-negative integer';

export function podStatusErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  return together(
    heldAnnotationErrors(object, old),
    conditionErrors(at(object, 'status', 'conditions')),
    nominatedErrors(object, old),
    (asNumber(at(object, 'status', 'observedGeneration')) ?? 0) < 0
      ? [invalidValue('status.observedGeneration', at(object, 'status', 'observedGeneration'), NOT_NEGATIVE)]
      : [],
    at(object, 'status', 'qosClass') === at(old, 'status', 'qosClass')
      ? []
      : [invalidValue('status.qosClass', at(object, 'status', 'qosClass'), 'field is immutable')],
    transitionErrors(object, old, { statuses: 'containerStatuses', containers: 'containers' }),
    transitionErrors(object, old, { statuses: 'initContainerStatuses', containers: 'initContainers' }),
    endedErrors(object, old),
    addressErrors(object, old, 'podIPs'),
    hostErrors(object, old),
  );
}

/** Those of the system need no name of the usual form. */
const SYSTEM = new Set(['PodScheduled', 'Ready', 'Initialized']);

function conditionErrors(conditions: unknown): readonly FieldError[] {
  return ofEach(objectsOf(conditions), (condition, index) => {
    const field = `status.conditions[${index}]`;
    const generation = asNumber(condition['observedGeneration']) ?? 0;
    const type = asText(condition['type']);
    return together(
      generation < 0 ? [invalidValue(`${field}.observedGeneration`, generation, NOT_NEGATIVE)] : [],
      SYSTEM.has(type) ? [] : textErrors(type, `${field}.Type`, qualifiedNameProblems),
    );
  });
}

function nominatedErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const field = 'status.nominatedNodeName';
  const now = asText(at(object, 'status', 'nominatedNodeName'));
  if (now === '' || now === asText(at(old, 'status', 'nominatedNodeName'))) return [];
  const bound = asText(at(old, 'spec', 'nodeName')) !== '';
  return [
    ...textErrors(now, field, dnsSubdomainProblems),
    ...(bound ? [forbiddenField(field, 'may not be set on pods that are already bound to a node')] : []),
  ];
}

function hostErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const first = objectsOf(at(object, 'status', 'hostIPs'))[0];
  if (!first) return [];
  const same = asText(at(object, 'status', 'hostIP')) === asText(first['ip']);
  return [
    ...(same ? [] : [invalidValue('status.hostIPs[0].ip', asText(first['ip']), 'must be equal to `hostIP`')]),
    ...addressErrors(object, old, 'hostIPs'),
  ];
}

/** Addresses that were there may stay as they are. */
function addressErrors(object: Draft, old: KubeObject, list: string): readonly FieldError[] {
  if (at(object, 'status', list) === undefined) return [];
  const field = `status.${list}`;
  const [now = [], before = []] = [object, old].map((each) =>
    objectsOf(at(each, 'status', list)).map(({ ip }) => asText(ip)),
  );
  const errors = now.flatMap((ip, index) => (before.includes(ip) ? [] : ipAddress(ip, `${field}[${index}]`)));
  if (now.length <= 1 || (now.length === 2 && now.filter(isIPv6).length === 1)) return errors;
  const value = objectsOf(at(object, 'status', list)).map((address) => internalForm('core/v1.PodIP', address));
  return [...errors, invalidValue(field, value, 'may specify no more than one IP for each IP family')];
}

const RUNS_AGAIN = 'may not be transitioned to non-terminated state';

/** Debugging containers are not started again. */
function endedErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const list = 'ephemeralContainerStatuses';
  return objectsOf(at(old, 'status', list)).flatMap((status, index) =>
    isObject(at(status, 'state', 'terminated'))
      ? objectsOf(at(object, 'status', list))
          .filter((next) => next['name'] === status['name'] && !isObject(at(next, 'state', 'terminated')))
          .map(() => forbiddenField(`status.${list}[${index}].state`, RUNS_AGAIN))
      : [],
  );
}

const RESTARTS_ALL = 'RestartAllContainers';
const rulesOf = (container: Draft): readonly Draft[] => objectsOf(container['restartPolicyRules']);

/**
 * A container that ended for good does not run again:
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
function transitionErrors(
  object: Draft,
  old: KubeObject,
  { statuses, containers }: { readonly statuses: string; readonly containers: string },
): readonly FieldError[] {
  if (at(old, 'status', statuses) === undefined) return [];
  const all = ['containers', 'initContainers'].flatMap((list) => objectsOf(at(old, 'spec', list)));
  if (all.some((container) => rulesOf(container).some(({ action }) => action === RESTARTS_ALL))) return [];
  const next = objectsOf(at(object, 'status', statuses));
  const specs = new Map(objectsOf(at(old, 'spec', containers)).map((container) => [container['name'], container]));
  return objectsOf(at(old, 'status', statuses)).flatMap((status, index) => {
    const ended = at(status, 'state', 'terminated');
    const runs = next.some(({ name, state }) => name === status['name'] && !isObject(at(state, 'terminated')));
    if (!isObject(ended) || !runs) return [];
    const container = specs.get(status['name']);
    const policy = asText(at(old, 'spec', 'restartPolicy'));
    if (container && mayRestart(container, policy, asNumber(ended['exitCode']) ?? 0)) return [];
    return [forbiddenField(`status.${statuses}[${index}].state`, RUNS_AGAIN)];
  });
}

function matches(rule: Draft, exitCode: number): boolean {
  const codes = asList(at(rule, 'exitCodes', 'values'));
  return at(rule, 'exitCodes', 'operator') === 'NotIn' ? !codes.includes(exitCode) : codes.includes(exitCode);
}

/** A container's own rules and policy go before its pod's policy. */
function mayRestart(container: Draft, ofPod: string, exitCode: number): boolean {
  if (container['restartPolicy'] !== undefined && rulesOf(container).find((rule) => matches(rule, exitCode)))
    return true;
  const policy = asText(container['restartPolicy']) || ofPod;
  return policy === 'OnFailure' ? exitCode !== 0 : policy !== 'Never';
}
