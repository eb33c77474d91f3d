/** Pods: defaults, grace, status apart from spec. */
import type { KubeObject } from '../../../api/kube.ts';
import { unifiedDiff } from '../../printers/unified-diff.ts';
import { internalPodSpec } from '../../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue } from '../field-errors.ts';
import { asNumber, asObject, asText, at, childOf, type Draft, equalJson, isObject, objectsOf, thaw } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { podSpecDefaults } from './defaults.ts';
import { ipAddress } from './field-checks.ts';
import { podSpecErrors, podSpecWarnings } from './pod-spec.ts';

const text =
  (...path: readonly string[]) =>
  (object: KubeObject) =>
    asText(at(object, ...path));

/** Guaranteed: every container limits what it requests; BestEffort: none says anything. */
export function qosClass(spec: Draft): string {
  const containers = [...objectsOf(spec['containers']), ...objectsOf(spec['initContainers'])];
  let some = false;
  let all = containers.length > 0;
  for (const container of containers) {
    const limits = asObject(at(container, 'resources', 'limits')) ?? {};
    const requests = asObject(at(container, 'resources', 'requests')) ?? {};
    for (const name of ['cpu', 'memory']) {
      if (limits[name] !== undefined || requests[name] !== undefined) some = true;
      if (limits[name] === undefined || !equalJson(limits[name], requests[name] ?? limits[name])) all = false;
    }
  }
  return !some ? 'BestEffort' : all ? 'Guaranteed' : 'Burstable';
}

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The new spec, with what may be changed as it was: what still differs is refused. */
function restored(spec: unknown, old: unknown): Draft {
  const draft: Draft = isObject(spec) ? thaw(spec) : {};
  const former: Draft = isObject(old) ? old : {};
  const keep = (target: Draft, from: Draft | undefined, field: string): void => {
    if (from?.[field] === undefined) delete target[field];
    else target[field] = from[field];
  };
  for (const list of ['containers', 'initContainers']) {
    const before = objectsOf(former[list]);
    objectsOf(draft[list]).forEach((container, index) => keep(container, before[index], 'image'));
  }
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates']) keep(draft, former, field);
  // Only from a negative one, to 1.
  const grace = 'terminationGracePeriodSeconds';
  if ((asNumber(former[grace]) ?? 0) < 0 && draft[grace] === 1) draft[grace] = former[grace];
  return draft;
}

/** How long a taint is borne may change, and more may be borne. */
function tolerationErrors(tolerations: unknown, old: unknown): readonly FieldError[] {
  const lasting = (value: unknown) => objectsOf(value).map((toleration) => ({ ...toleration, tolerationSeconds: undefined }));
  const now = lasting(tolerations);
  const kept = lasting(old).every((toleration) => now.some((other) => equalJson(other, toleration)));
  return kept ? [] : [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function fixedErrors(spec: unknown, old: unknown): readonly FieldError[] {
  const kept = restored(spec, old);
  const former: Draft = isObject(old) ? old : {};
  if (equalJson(kept, former)) return [];
  return [forbiddenField('spec', `${MUTABLE}\n${unifiedDiff(internalPodSpec(former), internalPodSpec(kept))}`)];
}

const FREE_SUBRESOURCES = new Set(['binding', 'resize', 'ephemeralcontainers']);

function updateErrors(object: Draft, old: KubeObject, subresource = ''): readonly FieldError[] {
  if (subresource === 'ephemeralcontainers') return removedErrors(object, old);
  if (FREE_SUBRESOURCES.has(subresource)) return [];
  const deadline = asNumber(at(object, 'spec', 'activeDeadlineSeconds'));
  const before = asNumber(at(old, 'spec', 'activeDeadlineSeconds'));
  const field = 'spec.activeDeadlineSeconds';
  if (before !== undefined && deadline === undefined)
    return [invalidValue(field, null, 'must not update from a positive integer to nil value')];
  if (before !== undefined && deadline !== undefined && deadline > before)
    return [invalidValue(field, deadline, 'must be less than or equal to previous value')];
  for (const list of ['containers', 'initContainers']) {
    if (objectsOf(at(object, 'spec', list)).length !== objectsOf(at(old, 'spec', list)).length)
      return [forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
  }
  return [
    ...tolerationErrors(at(object, 'spec', 'tolerations'), at(old, 'spec', 'tolerations')),
    ...fixedErrors(object['spec'], old['spec']),
  ];
}

function removedErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const kept = new Set(objectsOf(at(object, 'spec', 'ephemeralContainers')).map((container) => container['name']));
  return objectsOf(at(old, 'spec', 'ephemeralContainers'))
    .filter((container) => !kept.has(container['name']))
    .map(({ name }) =>
      forbiddenField('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(name)} may not be removed\n`),
    );
}

/** The list follows the single address, which older clients set alone. */
function listPodIps(status: Draft): void {
  const ip = asText(status['podIP']);
  if (ip !== '' && asText(objectsOf(status['podIPs'])[0]?.['ip']) !== ip) status['podIPs'] = [{ ip }];
}

export const POD: Strategy = {
  generation: true,
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) => podSpecDefaults(childOf(draft, 'spec')),
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending', qosClass: qosClass(childOf(draft, 'spec')) };
  },
  prepareForStatusUpdate: (draft, old) => {
    const qos = asText(at(old, 'status', 'qosClass'));
    if (qos !== '') childOf(draft, 'status')['qosClass'] = qos;
    listPodIps(childOf(draft, 'status'));
  },
  validate: (object) => podSpecErrors(childOf(object, 'spec'), 'spec'),
  validateUpdate: (object, old, { subresource }) => updateErrors(object, old, subresource),
  validateStatusUpdate: (object) =>
    objectsOf(at(object, 'status', 'podIPs')).flatMap(({ ip }, index) => ipAddress(asText(ip), `status.podIPs[${index}]`)),
  warnings: (object) => podSpecWarnings(childOf(object, 'spec'), 'spec'),
  selectableFields: {
    'spec.nodeName': text('spec', 'nodeName'),
    'spec.restartPolicy': text('spec', 'restartPolicy'),
    'spec.schedulerName': text('spec', 'schedulerName'),
    'spec.serviceAccountName': text('spec', 'serviceAccountName'),
    'spec.hostNetwork': (object) => String(at(object, 'spec', 'hostNetwork') === true),
    'status.phase': text('status', 'phase'),
    'status.podIP': text('status', 'podIP'),
    'status.podIPs': text('status', 'podIP'),
    'status.nominatedNodeName': text('status', 'nominatedNodeName'),
  },
  gracePeriod: (object, requested) => {
    const own = at(object, 'spec', 'terminationGracePeriodSeconds');
    const seconds = requested ?? (typeof own === 'number' ? own : 30);
    // Nothing runs: nothing to wait for.
    const phase = asText(at(object, 'status', 'phase'));
    if (asText(at(object, 'spec', 'nodeName')) === '' || phase === 'Failed' || phase === 'Succeeded') return 0;
    return seconds < 0 ? 1 : seconds;
  },
};
