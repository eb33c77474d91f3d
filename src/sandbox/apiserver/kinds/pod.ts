/** Pods: defaults, grace, status apart from spec. */
import type { KubeObject } from '../../../api/kube.ts';
import { type FieldError, required } from '../field-errors.ts';
import { asList, asObject, asText, at, childOf, type Draft, isObject, objectsOf, thaw } from '../json.ts';
import { equalJson } from '../json.ts';
import { forbiddenField } from '../field-errors.ts';
import type { Strategy } from '../registry.ts';
import { podSpecDefaults } from './defaults.ts';

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

export function podSpecErrors(spec: Draft, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const containers = asList(spec['containers']);
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  for (const [index, container] of containers.entries()) {
    const field = `${path}.containers[${index}]`;
    const given: Draft = isObject(container) ? container : {};
    if (asText(given['name']) === '') errors.push(required(`${field}.name`));
    if (asText(given['image']) === '') errors.push(required(`${field}.image`));
  }
  return errors;
}

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The spec without what may be changed. */
function fixedPart(spec: unknown): Draft {
  const draft: Draft = isObject(spec) ? thaw(spec) : {};
  for (const list of ['containers', 'initContainers']) for (const container of objectsOf(draft[list])) delete container['image'];
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates', 'terminationGracePeriodSeconds']) delete draft[field];
  return draft;
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
  },
  validate: (object) => podSpecErrors(childOf(object, 'spec'), 'spec'),
  validateUpdate: (object, old, { subresource }) =>
    subresource === 'binding' ||
    subresource === 'resize' ||
    subresource === 'ephemeralcontainers' ||
    equalJson(fixedPart(object['spec']), fixedPart(old['spec']))
      ? []
      : [forbiddenField('spec', MUTABLE)],
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
