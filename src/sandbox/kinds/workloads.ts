/** Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController: what the server fills in. */
import { internalForm } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
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
} from '../machinery/json.ts';
import { dnsLabelProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults, templateDefaults } from './defaults.ts';
import { atLeastZero, atMostWhole, intOrPercent } from './field-checks.ts';
import { podTemplateErrors } from './pod-spec.ts';
import { fractionWarnings, nameWarnings, templateWarnings } from './pod-warnings.ts';
import { isSame } from './job.ts';
import { dropMaxUnavailable, statefulSetErrors, statefulSetFixed } from './stateful-set.ts';
import {
  collisionErrors,
  isZero,
  lastingErrors,
  matchingErrors,
  nonNegative,
  notSupportedForm,
  replicaStatusErrors,
  selectorFixed,
  selectorErrors,
  specOf,
  templateErrors,
} from './workload-checks.ts';

const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

function rolloutErrors(spec: Draft): readonly FieldError[] {
  const strategy = asObject(spec['strategy']) ?? {};
  const { type } = strategy;
  const rolling = asObject(strategy['rollingUpdate']);
  const field = 'spec.strategy.rollingUpdate';
  if (type === 'Recreate')
    return rolling ? [forbiddenField(field, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (type !== 'RollingUpdate')
    return notSupportedForm('spec.strategy', internalForm('apps/v1.DeploymentStrategy', strategy), [
      'Recreate',
      'RollingUpdate',
    ]);
  if (!rolling) return [];
  const { maxUnavailable, maxSurge } = rolling;
  return [
    ...intOrPercent(maxUnavailable, `${field}.maxUnavailable`),
    ...intOrPercent(maxSurge, `${field}.maxSurge`),
    ...(isZero(maxUnavailable) && isZero(maxSurge)
      ? [invalidValue(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...atMostWhole(maxUnavailable, `${field}.maxUnavailable`),
  ];
}

function deploymentErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const deadline = asNumber(spec['progressDeadlineSeconds']);
  const errors: FieldError[] = [
    ...nonNegative(spec, ['replicas']),
    ...selectorErrors(spec, 'deployment'),
    ...templateErrors(spec, spec['template'], 'invalid label selector'),
    ...lastingErrors(spec['template'], 'ReplicaSet'),
    ...rolloutErrors(spec),
    ...nonNegative(spec, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']),
  ];
  if (deadline !== undefined && deadline <= (asNumber(spec['minReadySeconds']) ?? 0))
    errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  return errors;
}

function replicaSetErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  return [
    ...nonNegative(spec, ['replicas', 'minReadySeconds']),
    ...selectorErrors(spec, 'deployment'),
    ...templateErrors(spec, spec['template'], 'invalid label selector'),
    ...lastingErrors(spec['template'], 'ReplicaSet'),
  ];
}

const DEPLOYMENT_COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
];
const REPLICA_SET_COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
  'terminatingReplicas',
];
const STATEFUL_SET_COUNTS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
];
const workloadWarnings: NonNullable<Strategy['warnings']> = (object, old) =>
  isSame(object, old) ? [] : templateWarnings(at(object, 'spec', 'template'), 'spec.template');

const namedWarnings: NonNullable<Strategy['warnings']> = (object, old, context) => [
  ...(old ? [] : nameWarnings(object, 'Pod names and hostnames')),
  ...workloadWarnings(object, old, context),
];

const workload: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  validateUpdate: selectorFixed,
  warnings: workloadWarnings,
};

export const DEPLOYMENT: Strategy = {
  ...workload,
  warnings: namedWarnings,
  validate: deploymentErrors,
  validateStatusUpdate: (object, old) => [
    ...replicaStatusErrors(object, DEPLOYMENT_COUNTS, 'readyReplicas'),
    ...collisionErrors(object, old),
  ],
  annotationsCount: true,
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefault(spec, 'replicas', 1);
    templateDefaults(spec);
    const strategy = childOf(spec, 'strategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate')
      setDefaults(childOf(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    setDefaults(spec, { revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  },
};

const zeroReplicas = (draft: Draft): void => {
  draft['status'] = { replicas: 0 };
};

export const REPLICA_SET: Strategy = {
  ...workload,
  warnings: namedWarnings,
  validate: replicaSetErrors,
  validateStatusUpdate: (object) => replicaStatusErrors(object, REPLICA_SET_COUNTS, 'readyReplicas'),
  prepareForCreate: zeroReplicas,
  applyDefaults: (draft) => {
    setDefault(specOf(draft), 'replicas', 1);
    templateDefaults(specOf(draft));
  },
};

function controllerErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const { template } = spec;
  const selector = asObject(spec['selector']) ?? {};
  const none = Object.keys(selector).length === 0;
  return [
    ...nonNegative(spec, ['minReadySeconds']),
    ...(none ? [required('spec.selector')] : []),
    ...nonNegative(spec, ['replicas']),
    ...(isObject(template)
      ? [
          ...(none ? [] : matchingErrors({ matchLabels: selector }, template)),
          ...podTemplateErrors(template, 'spec.template'),
          ...lastingErrors(template, 'ReplicationController'),
        ]
      : [required('spec.template')]),
  ];
}

export const REPLICATION_CONTROLLER: Strategy = {
  generation: true,
  statusSeparate: true,
  orphanByDefault: true,
  warnings: namedWarnings,
  validate: controllerErrors,
  validateStatusUpdate: (object) => replicaStatusErrors(object, REPLICA_SET_COUNTS, 'readyReplicas'),
  prepareForCreate: zeroReplicas,
  selectableFields: { 'status.replicas': (object) => String(asNumber(at(object, 'status', 'replicas')) ?? 0) },
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefault(spec, 'replicas', 1);
    const labels = at(spec, 'template', 'metadata', 'labels');
    if (isObject(labels)) {
      setDefault(spec, 'selector', { ...labels });
      const meta = childOf(draft, 'metadata');
      if (Object.keys(asObject(meta['labels']) ?? {}).length === 0) meta['labels'] = { ...labels };
    }
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
  validateName: dnsLabelProblems,
  validate: (object) => statefulSetErrors(object, 'create'),
  updateReplacesValidate: true,
  warnings: (object, old, context) => {
    const spec = specOf(object);
    const endless = (asNumber(spec['revisionHistoryLimit']) ?? 0) < 0;
    return [
      ...workloadWarnings(object, old, context),
      ...objectsOf(spec['volumeClaimTemplates']).flatMap((claim, index) =>
        fractionWarnings(
          at(claim, 'spec', 'resources'),
          ['storage'],
          `spec.volumeClaimTemplates[${index}]${old ? '.Spec' : ''}.resources`,
        ),
      ),
      ...(endless
        ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
        : []),
    ];
  },
  validateUpdate: (object, old) => [
    ...statefulSetErrors(object, 'update'),
    ...statefulSetFixed(specOf(object), asObject(old['spec']) ?? {}),
  ],
  validateStatusUpdate: (object, old) => [
    ...replicaStatusErrors(object, STATEFUL_SET_COUNTS, 'status.readyReplicas'),
    ...collisionErrors(object, old),
  ],
  prepareForCreate: (draft) => {
    draft['status'] = { replicas: 0, availableReplicas: 0 };
    dropMaxUnavailable(specOf(draft));
  },
  prepareForUpdate: (draft, old) => dropMaxUnavailable(specOf(draft), old),
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefaults(spec, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 });
    templateDefaults(spec);
    const strategy = childOf(spec, 'updateStrategy');
    // A client that names the type and nothing more gets no partition.
    if (asText(strategy['type']) === '') {
      strategy['type'] = 'RollingUpdate';
      childOf(strategy, 'rollingUpdate');
    }
    const rolling = asObject(strategy['rollingUpdate']);
    if (strategy['type'] === 'RollingUpdate' && rolling) setDefault(rolling, 'partition', 0);
    setDefaults(childOf(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
    objectsOf(spec['volumeClaimTemplates']).forEach(claimDefaults);
  },
};

/** What a StatefulSet or DaemonSet was: written once. */
export const CONTROLLER_REVISION: Strategy = {
  validate: (object) => atLeastZero(object['revision'], 'revision'),
  validateCreate: ({ data }) => {
    if (data === undefined || data === null) return [required('data', 'data is mandatory')];
    return isObject(data) ? [] : [required('data', 'data must be a valid JSON object')];
  },
  validateUpdate: (object, old) =>
    equalJson(object['data'], old['data']) ? [] : [invalidValue('data', object['data'], 'field is immutable')],
};

/** A template that nothing of the cluster makes pods from. */
export const POD_TEMPLATE: Strategy = {
  generation: true,
  deleteAnswersObject: true,
  applyDefaults: templateDefaults,
  validate: (object) => podTemplateErrors(object['template'], 'template'),
  warnings: (object, old) => (isSame(object, old) ? [] : templateWarnings(object['template'], 'template')),
};
