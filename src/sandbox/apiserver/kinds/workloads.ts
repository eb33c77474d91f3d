/** Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job, CronJob: what the server fills in. */
import { type FieldError, invalidValue, required } from '../field-errors.ts';
import { asNumber, asObject, at, childOf, type Draft, equalJson, isObject, objectsOf, setDefault } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { matchesLabels, requirementsOf } from '../selectors.ts';
import { podSpecDefaults, setDefaults, templateDefaults, within } from './defaults.ts';
import { podSpecErrors } from './pod.ts';

const specOf = (draft: Draft): Draft => childOf(draft, 'spec');
const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

function selectorErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const errors: FieldError[] = [];
  const selector = asObject(spec['selector']);
  const labels = asObject(at(spec, 'template', 'metadata', 'labels'));
  if (!selector) errors.push(required('spec.selector'));
  else if (Object.keys(selector).length === 0) errors.push(invalidValue('spec.selector', {}, 'empty selector is invalid for deployment'));
  const requirements = requirementsOf(selector);
  if (!requirements || !matchesLabels(requirements, labels as Record<string, string> | undefined)) {
    errors.push(invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'));
  }
  return [...errors, ...podSpecErrors(asObject(at(spec, 'template', 'spec')) ?? {}, 'spec.template.spec')];
}

const selectorFixed: NonNullable<Strategy['validateUpdate']> = (object, old) =>
  equalJson(at(object, 'spec', 'selector'), at(old, 'spec', 'selector'))
    ? []
    : [invalidValue('spec.selector', at(object, 'spec', 'selector'), 'field is immutable')];

const workload: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  validate: selectorErrors,
  validateUpdate: selectorFixed,
};

export const DEPLOYMENT: Strategy = {
  ...workload,
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

export const DAEMON_SET: Strategy = {
  ...workload,
  prepareForCreate: (draft) => {
    draft['status'] = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
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

function jobSpecDefaults(spec: Draft): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  setDefaults(spec, {
    parallelism: 1,
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2_147_483_647,
    completionMode: 'NonIndexed',
    suspend: false,
  });
  setDefault(spec, 'podReplacementPolicy', isObject(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed');
  templateDefaults(spec);
}

export const JOB: Strategy = {
  generation: true,
  statusSeparate: true,
  orphanByDefault: true,
  applyDefaults: (draft) => jobSpecDefaults(specOf(draft)),
  selectableFields: { 'status.successful': (object) => String(asNumber(at(object, 'status', 'succeeded')) ?? 0) },
  prepareForCreate: (draft) => {
    emptyStatus(draft);
  },
};

export const CRON_JOB: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefaults(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
    within(spec, 'jobTemplate', (template) => {
      childOf(template, 'metadata');
      const job = childOf(template, 'spec');
      templateDefaults(job);
      within(asObject(job['template']), 'spec', podSpecDefaults);
    });
  },
};
