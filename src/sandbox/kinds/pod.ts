/** Pods: defaults, grace, status apart from spec. */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalPodSpec } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import {
  asNumber,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  isObject,
  objectsOf,
  setDefault,
  thaw,
} from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { podSpecDefaults } from './defaults.ts';
import { tolerationErrors } from './pod-placement.ts';
import { podAnnotationErrors, podSpecErrors } from './pod-spec.ts';
import { qosClass } from './qos.ts';
import { podStatusErrors } from './pod-status.ts';
import { nameWarnings, podSpecWarnings } from './pod-warnings.ts';

const text =
  (...path: readonly string[]) =>
  (object: KubeObject) =>
    asText(at(object, ...path));

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
function keptTolerationErrors(tolerations: unknown, old: unknown): readonly FieldError[] {
  const lasting = (value: unknown) =>
    objectsOf(value).map((toleration) => ({ ...toleration, tolerationSeconds: undefined }));
  const now = lasting(tolerations);
  const kept = lasting(old).every((toleration) => now.some((other) => equalJson(other, toleration)));
  if (!kept)
    return [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
  return tolerationErrors(tolerations, 'spec.tolerations');
}

/** Gates are taken away, never put up. */
function addedGateErrors(gates: unknown, old: unknown): readonly FieldError[] {
  const had = new Set(objectsOf(old).map((gate) => gate['name']));
  return objectsOf(gates).flatMap(({ name }, index) =>
    had.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${asText(name)}'`,
          ),
        ],
  );
}

/** While a pod waits behind a gate, its node selector may grow. */
function gatedErrors(kept: Draft, former: Draft): readonly FieldError[] {
  const selector = asObject(kept['nodeSelector']) ?? {};
  const before = Object.entries(asObject(former['nodeSelector']) ?? {});
  if (former['nodeSelector'] === undefined) delete kept['nodeSelector'];
  else kept['nodeSelector'] = former['nodeSelector'];
  return before.every(([key, value]) => selector[key] === value)
    ? []
    : [invalidValue('spec.nodeSelector', selector, 'only additions are allowed (no mutations or deletions)')];
}

function fixedErrors(spec: unknown, old: unknown): readonly FieldError[] {
  const kept = restored(spec, old);
  const former: Draft = isObject(old) ? old : {};
  const errors = objectsOf(former['schedulingGates']).length > 0 ? gatedErrors(kept, former) : [];
  if (equalJson(kept, former)) return errors;
  return [
    ...errors,
    forbiddenField('spec', `${MUTABLE}\n${unifiedDiff(internalPodSpec(former), internalPodSpec(kept))}`),
  ];
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
    ...keptTolerationErrors(at(object, 'spec', 'tolerations'), at(old, 'spec', 'tolerations')),
    ...addedGateErrors(at(object, 'spec', 'schedulingGates'), at(old, 'spec', 'schedulingGates')),
    ...fixedErrors(object['spec'], old['spec']),
  ];
}

function createErrors(spec: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (objectsOf(spec['ephemeralContainers']).length > 0)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (asText(spec['nodeName']) !== '' && objectsOf(spec['schedulingGates']).length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

function removedErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const kept = new Set(objectsOf(at(object, 'spec', 'ephemeralContainers')).map((container) => container['name']));
  return objectsOf(at(old, 'spec', 'ephemeralContainers'))
    .filter((container) => !kept.has(container['name']))
    .map(({ name }) =>
      forbiddenField(
        'spec.ephemeralContainers',
        `existing ephemeral containers ${JSON.stringify(name)} may not be removed\n`,
      ),
    );
}

/**
 * The list follows the single address, which older clients set alone; the single one is the first of a list that came
 * alone.
 */
function listPodIps(status: Draft): void {
  const ip = asText(status['podIP']);
  const first = asText(objectsOf(status['podIPs'])[0]?.['ip']);
  if (ip === '' && first !== '') status['podIP'] = first;
  else if (first !== ip) status['podIPs'] = [{ ip }];
}

function sizeErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const before = asText(at(old, 'status', 'qosClass'));
  const errors = ['containers', 'initContainers'].flatMap((list) => {
    const former = new Map(objectsOf(at(old, 'spec', list)).map((container) => [container['name'], container]));
    return objectsOf(at(object, 'spec', list)).flatMap((container, index) =>
      ['limits', 'requests'].flatMap((field) => {
        const now = asObject(at(container, 'resources', field)) ?? {};
        const had = asObject(at(former.get(container['name']), 'resources', field)) ?? {};
        if (Object.keys(had).every((name) => now[name] !== undefined)) return [];
        return [forbiddenField(`spec.${list}[${index}].resources.${field}`, `resource ${field} cannot be removed`)];
      }),
    );
  });
  if (qosClass(childOf(object, 'spec')) === before) return errors;
  return [...errors, invalidValue('spec', before, 'Pod QOS Class may not change as a result of resizing')];
}

/**
 * What a resize may change; all else of a body sent to it is as it was, without a word:
 * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
const RESIZED = ['resources', 'resizePolicy'];

function keepAllButSizes(draft: Draft, old: KubeObject): void {
  const spec = asObject(thaw(old['spec'])) ?? {};
  for (const list of ['containers', 'initContainers']) {
    const sizes = new Map(objectsOf(at(draft, 'spec', list)).map((container) => [container['name'], container]));
    for (const container of objectsOf(spec[list])) {
      const sized = sizes.get(container['name']);
      for (const field of RESIZED) if (sized && sized[field] !== undefined) container[field] = sized[field];
    }
  }
  draft['spec'] = spec;
}

const gatedCondition = (now: number): Draft => ({
  type: 'PodScheduled',
  status: 'False',
  lastProbeTime: null,
  lastTransitionTime: toTimestamp(now),
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
});

export const POD: Strategy = {
  generation: true,
  statusSeparate: true,
  deleteAnswersObject: true,
  prepareForUpdate: (draft, old, { subresource }) => {
    if (subresource === 'resize') keepAllButSizes(draft, old);
  },
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    podSpecDefaults(spec);
    setDefault(spec, 'enableServiceLinks', true);
  },
  prepareForCreate: (draft, { now }) => {
    const spec = childOf(draft, 'spec');
    const gated = objectsOf(spec['schedulingGates']).length > 0 ? { conditions: [gatedCondition(now)] } : {};
    draft['status'] = { phase: 'Pending', ...gated, qosClass: qosClass(spec) };
  },
  prepareForStatusUpdate: (draft, old) => {
    const qos = asText(at(old, 'status', 'qosClass'));
    if (qos !== '') childOf(draft, 'status')['qosClass'] = qos;
    listPodIps(childOf(draft, 'status'));
  },
  validate: (object) => [
    ...podAnnotationErrors(at(object, 'metadata', 'annotations'), 'metadata.annotations'),
    ...podSpecErrors(childOf(object, 'spec'), 'spec', 'pod'),
  ],
  validateCreate: (object) => createErrors(childOf(object, 'spec')),
  validateUpdate: (object, old, { subresource }) => [
    ...updateErrors(object, old, subresource),
    ...(subresource === 'resize' ? sizeErrors(object, old) : []),
  ],
  validateStatusUpdate: podStatusErrors,
  // Updates are the work of machines.
  warnings: (object, old) =>
    old
      ? []
      : [
          ...nameWarnings(object, "the Pod's hostname"),
          ...podSpecWarnings(childOf(object, 'spec'), 'spec', object['metadata']),
        ],
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
