/** Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController: what the server fills in. */
import { type FieldError, forbiddenField, invalidValue, required } from '../field-errors.ts';
import { asNumber, asObject, at, childOf, type Draft, equalJson, isObject, objectsOf, setDefault } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { matchesLabels, requirementsOf } from '../selectors.ts';
import { setDefaults, templateDefaults } from './defaults.ts';
import { atLeastZero, atMostWhole, intOrPercent, oneOf } from './field-checks.ts';
import { podSpecErrors, podSpecWarnings } from './pod-spec.ts';

const specOf = (draft: Draft): Draft => childOf(draft, 'spec');
const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

/** Of replicas, selector and template; `restart` are the restart policies that the kind's pods may have. */
function scaledErrors(object: Draft, kind: string): readonly FieldError[] {
  const spec = specOf(object);
  const errors: FieldError[] = [...atLeastZero(spec['replicas'], 'spec.replicas')];
  const selector = asObject(spec['selector']);
  const labels = asObject(at(spec, 'template', 'metadata', 'labels'));
  if (!selector) errors.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) errors.push(invalidValue('spec.selector', {}, `empty selector is invalid for ${kind}`));
  const requirements = requirementsOf(selector);
  if (!requirements || !matchesLabels(requirements, labels as Record<string, string> | undefined)) {
    errors.push(invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'));
  }
  const template = asObject(at(spec, 'template', 'spec')) ?? {};
  errors.push(...podSpecErrors({ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', ...template }, 'spec.template.spec'));
  const policy = template['restartPolicy'] ?? 'Always';
  if (['OnFailure', 'Never'].includes(policy as string)) errors.push(...oneOf(policy, 'spec.template.spec.restartPolicy', ['Always']));
  return errors;
}

function rolloutErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const errors: FieldError[] = [];
  const rolling = asObject(at(spec, 'strategy', 'rollingUpdate'));
  const field = 'spec.strategy.rollingUpdate';
  const type = at(spec, 'strategy', 'type');
  if (type === 'Recreate' && rolling) errors.push(forbiddenField(field, "may not be specified when strategy `type` is 'Recreate'"));
  else if (type === 'RollingUpdate' && rolling) {
    const { maxUnavailable, maxSurge } = rolling;
    const none = (value: unknown) => value === 0 || value === '0%';
    errors.push(...intOrPercent(maxUnavailable, `${field}.maxUnavailable`), ...intOrPercent(maxSurge, `${field}.maxSurge`));
    if (none(maxUnavailable) && none(maxSurge))
      errors.push(invalidValue(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
    errors.push(...atMostWhole(maxUnavailable, `${field}.maxUnavailable`));
  } else if (type !== 'Recreate' && type !== 'RollingUpdate')
    errors.push(...oneOf(type, 'spec.strategy.type', ['Recreate', 'RollingUpdate']));
  errors.push(...atLeastZero(spec['minReadySeconds'], 'spec.minReadySeconds'));
  errors.push(...atLeastZero(spec['revisionHistoryLimit'], 'spec.revisionHistoryLimit'));
  const deadline = asNumber(spec['progressDeadlineSeconds']);
  errors.push(...atLeastZero(deadline, 'spec.progressDeadlineSeconds'));
  if (deadline !== undefined && deadline <= (asNumber(spec['minReadySeconds']) ?? 0))
    errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  return errors;
}

const templateWarnings: NonNullable<Strategy['warnings']> = (object) =>
  podSpecWarnings(asObject(at(object, 'spec', 'template', 'spec')) ?? {}, 'spec.template.spec');

const selectorFixed: NonNullable<Strategy['validateUpdate']> = (object, old) =>
  equalJson(at(object, 'spec', 'selector'), at(old, 'spec', 'selector'))
    ? []
    : [invalidValue('spec.selector', at(object, 'spec', 'selector'), 'field is immutable')];

const workload: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  validateUpdate: selectorFixed,
  warnings: templateWarnings,
};

const minReady = (object: Draft): readonly FieldError[] => atLeastZero(specOf(object)['minReadySeconds'], 'spec.minReadySeconds');

export const DEPLOYMENT: Strategy = {
  ...workload,
  validate: (object) => [...scaledErrors(object, 'deployment'), ...rolloutErrors(object)],
  annotationsCount: true,
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefault(spec, 'replicas', 1);
    templateDefaults(spec);
    const strategy = childOf(spec, 'strategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') setDefaults(childOf(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    setDefaults(spec, { revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  },
};

const zeroReplicas = (draft: Draft): void => {
  draft['status'] = { replicas: 0 };
};

export const REPLICA_SET: Strategy = {
  ...workload,
  validate: (object) => [...scaledErrors(object, 'deployment'), ...minReady(object)],
  prepareForCreate: zeroReplicas,
  selectableFields: { 'status.replicas': (object) => String(asNumber(at(object, 'status', 'replicas')) ?? 0) },
  applyDefaults: (draft) => {
    setDefault(specOf(draft), 'replicas', 1);
    templateDefaults(specOf(draft));
  },
};

export const REPLICATION_CONTROLLER: Strategy = {
  generation: true,
  statusSeparate: true,
  orphanByDefault: true,
  prepareForCreate: zeroReplicas,
  selectableFields: { 'status.replicas': (object) => String(asNumber(at(object, 'status', 'replicas')) ?? 0) },
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefault(spec, 'replicas', 1);
    const labels = at(spec, 'template', 'metadata', 'labels');
    if (isObject(labels)) setDefault(spec, 'selector', { ...labels });
    templateDefaults(spec);
  },
};

function claimDefaults(claim: Draft): void {
  setDefaults(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
  setDefault(childOf(claim, 'spec'), 'volumeMode', 'Filesystem');
  setDefault(childOf(claim, 'status'), 'phase', 'Pending');
}

export const STATEFUL_SET: Strategy = {
  ...workload,
  validate: (object) => [...scaledErrors(object, 'statefulset'), ...minReady(object)],
  prepareForCreate: (draft) => {
    draft['status'] = { replicas: 0, availableReplicas: 0 };
  },
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefaults(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 });
    templateDefaults(spec);
    const strategy = childOf(spec, 'updateStrategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') setDefault(childOf(strategy, 'rollingUpdate'), 'partition', 0);
    setDefaults(childOf(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
    objectsOf(spec['volumeClaimTemplates']).forEach(claimDefaults);
  },
};

/** What was spec.templateGeneration before apps/v1. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function countTemplate(draft: Draft, generation: number): void {
  childOf(childOf(draft, 'metadata'), 'annotations')[TEMPLATE_GENERATION] = String(generation);
}

export const DAEMON_SET: Strategy = {
  ...workload,
  validate: (object) => [...scaledErrors(object, 'daemonset'), ...minReady(object)],
  prepareForCreate: (draft) => {
    draft['status'] = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    countTemplate(draft, 1);
  },
  prepareForUpdate: (draft, old) => {
    const before = Number(at(old, 'metadata', 'annotations', TEMPLATE_GENERATION) ?? 1);
    countTemplate(draft, equalJson(at(draft, 'spec', 'template'), at(old, 'spec', 'template')) ? before : before + 1);
  },
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    templateDefaults(spec);
    const strategy = childOf(spec, 'updateStrategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') setDefaults(childOf(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
    setDefault(spec, 'revisionHistoryLimit', 10);
  },
};
