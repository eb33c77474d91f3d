/** Pods: defaults, grace, status apart from spec. */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalText } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, at, childOf, type Draft, equalJson, objectsOf, thaw } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { together } from '../machinery/together.ts';
import { podDefaults } from './defaults.ts';
import { appArmorWarnings, MIRROR, podAnnotationErrors, profileMatchErrors, syncAppArmor } from './pod-annotations.ts';
import { mergeLabelKeys } from './pod-label-keys.ts';
import { podSpecErrors } from './pod-spec.ts';
import { qosClass } from './qos.ts';
import { keepAllButSizes, resizeErrors } from './pod-resize.ts';
import { podStatusErrors } from './pod-status.ts';
import { heldAnnotationErrors, podUpdateErrors } from './pod-update.ts';
import { nameWarnings, podSpecWarnings } from './pod-warnings.ts';
import { ALL_METADATA } from './update-rules.ts';

const text =
  (...path: readonly string[]) =>
  (object: KubeObject) =>
    asText(at(object, ...path));

function createErrors(spec: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (objectsOf(spec['ephemeralContainers']).length > 0)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (asText(spec['nodeName']) !== '' && objectsOf(spec['schedulingGates']).length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

/** Only containers for debugging come by their endpoint. */
function keepAllButDebugging(draft: Draft, old: KubeObject): void {
  const containers = at(draft, 'spec', 'ephemeralContainers');
  const spec: Draft = thaw(asObject(old['spec']) ?? {});
  if (containers === undefined) delete spec['ephemeralContainers'];
  else spec['ephemeralContainers'] = containers;
  draft['spec'] = spec;
  const meta = childOf(draft, 'metadata');
  for (const field of ALL_METADATA) {
    const before = asObject(old.metadata)?.[field];
    if (before === undefined) delete meta[field];
    else meta[field] = thaw(before);
  }
}

/** Containers for debugging come, and then stay as they are. */
function debuggingErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  if (at(old, 'metadata', 'annotations', MIRROR) !== undefined)
    return [forbiddenField('', 'static pods do not support ephemeral containers')];
  const now = new Map(objectsOf(at(object, 'spec', 'ephemeralContainers')).map((each) => [each['name'], each]));
  return [
    ...heldAnnotationErrors(object, old),
    ...objectsOf(at(old, 'spec', 'ephemeralContainers')).flatMap((former) => {
      const next = now.get(former['name']);
      const told = (what: string) => [
        forbiddenField(
          'spec.ephemeralContainers',
          `existing ephemeral containers ${JSON.stringify(former['name'])} may not be ${what}`,
        ),
      ];
      if (!next) return told('removed\n');
      if (equalJson(next, former)) return [];
      const texts = [former, next].map((each) => internalText('core/v1.EphemeralContainer', each));
      return told(`changed\n${unifiedDiff(texts[0] ?? '', texts[1] ?? '')}`);
    }),
  ];
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

function updateErrors(object: Draft, old: KubeObject, subresource = ''): readonly FieldError[] {
  switch (subresource) {
    case 'ephemeralcontainers':
      return debuggingErrors(object, old);
    case 'resize':
      return resizeErrors(object, old);
    case 'binding':
      return [];
    default:
      return podUpdateErrors(object, old);
  }
}

/** What a status leaves out of what was seen before stays, condition by condition of a type. */
function keepGenerations(status: Draft, old: KubeObject): void {
  const seen = asNumber(at(old, 'status', 'observedGeneration')) ?? 0;
  if ((asNumber(status['observedGeneration']) ?? 0) === 0 && seen > 0) status['observedGeneration'] = seen;
  const before = [...objectsOf(at(old, 'status', 'conditions'))];
  for (const condition of objectsOf(status['conditions'])) {
    const place = before.findIndex(({ type }) => type === condition['type']);
    const [found] = place < 0 ? [] : before.splice(place, 1);
    const former = asNumber(found?.['observedGeneration']) ?? 0;
    if ((asNumber(condition['observedGeneration']) ?? 0) === 0 && former > 0) condition['observedGeneration'] = former;
  }
}

const gatedCondition = (now: number): Draft => ({
  type: 'PodScheduled',
  status: 'False',
  lastProbeTime: null,
  lastTransitionTime: toTimestamp(now),
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
});

const wholeErrors = (object: Draft): readonly FieldError[] =>
  together(
    podAnnotationErrors(object['metadata'], childOf(object, 'spec'), 'metadata.annotations'),
    podSpecErrors(childOf(object, 'spec'), 'spec', { name: asText(at(object, 'metadata', 'name')) }),
  );

export const POD: Strategy = {
  generation: true,
  statusSeparate: true,
  deleteAnswersObject: true,
  prepareForUpdate: (draft, old, { subresource }) => {
    if (subresource === 'resize') keepAllButSizes(draft, old);
    if (subresource === 'ephemeralcontainers') keepAllButDebugging(draft, old);
  },
  applyDefaults: (draft) => podDefaults(childOf(draft, 'spec')),
  prepareForCreate: (draft, { now }) => {
    const spec = childOf(draft, 'spec');
    const gated = objectsOf(spec['schedulingGates']).length > 0 ? { conditions: [gatedCondition(now)] } : {};
    draft['status'] = { phase: 'Pending', ...gated, qosClass: qosClass(spec) };
    mergeLabelKeys(draft);
    syncAppArmor(draft);
  },
  prepareForStatusUpdate: (draft, old) => {
    const qos = asText(at(old, 'status', 'qosClass'));
    const status = childOf(draft, 'status');
    if (qos !== '' && asText(status['qosClass']) === '') status['qosClass'] = qos;
    listPodIps(status);
    keepGenerations(status, old);
  },
  // A binding is taken as it comes.
  validate: (object, { subresource }) => (subresource === 'binding' ? [] : wholeErrors(object)),
  validateCreate: (object) =>
    together(
      createErrors(childOf(object, 'spec')),
      profileMatchErrors(object['metadata'], childOf(object, 'spec'), 'spec'),
    ),
  validateUpdate: (object, old, { subresource }) => updateErrors(object, old, subresource),
  validateStatusUpdate: podStatusErrors,
  // Updates are the work of machines.
  warnings: (object, old) =>
    old
      ? []
      : together(
          nameWarnings(object, "the Pod's hostname"),
          appArmorWarnings(object),
          podSpecWarnings(childOf(object, 'spec'), 'spec', object['metadata']),
        ),
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
