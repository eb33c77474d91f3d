/** Rows of what runs pods, and of what limits or scales it. */
import { fromTimestamp } from '../../std/clock.ts';
import { asList, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import {
  type Cell,
  count,
  createdAge,
  isConditionTrue,
  labelsText,
  nameOf,
  NONE,
  type RowPrinter,
  selectorText,
  shown,
  templateCells,
  text,
  UNKNOWN,
  UNSET,
} from './cell-texts.ts';
import { ageOf, humanDuration } from './human-duration.ts';

const selectorCell = (object: Draft): string => selectorText(at(object, 'spec', 'selector'));

const replicaCells = (object: Draft, now: number): readonly Cell[] => [
  nameOf(object),
  count(object, 'spec', 'replicas'),
  count(object, 'status', 'replicas'),
  count(object, 'status', 'readyReplicas'),
  createdAge(object, now),
  ...templateCells(object),
];

const replicaSet: RowPrinter = (object, now) => [...replicaCells(object, now), selectorCell(object)];
const replicationController: RowPrinter = (object, now) => [
  ...replicaCells(object, now),
  labelsText(at(object, 'spec', 'selector')),
];

const readyOf = (object: Draft): string =>
  `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`;

const deployment: RowPrinter = (object, now) => [
  nameOf(object),
  readyOf(object),
  count(object, 'status', 'updatedReplicas'),
  count(object, 'status', 'availableReplicas'),
  createdAge(object, now),
  ...templateCells(object),
  selectorCell(object),
];

const statefulSet: RowPrinter = (object, now) => [
  nameOf(object),
  readyOf(object),
  createdAge(object, now),
  ...templateCells(object),
];

const daemonSet: RowPrinter = (object, now) => [
  nameOf(object),
  ...[
    'desiredNumberScheduled',
    'currentNumberScheduled',
    'numberReady',
    'updatedNumberScheduled',
    'numberAvailable',
  ].map((field) => count(object, 'status', field)),
  labelsText(at(object, 'spec', 'template', 'spec', 'nodeSelector')),
  createdAge(object, now),
  ...templateCells(object),
  selectorCell(object),
];

function jobStatus(job: Draft): string {
  if (isConditionTrue(job, 'Complete')) return 'Complete';
  if (isConditionTrue(job, 'Failed')) return 'Failed';
  if (at(job, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating';
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']) if (isConditionTrue(job, type)) return type;
  return 'Running';
}

function completions(job: Draft): string {
  const succeeded = count(job, 'status', 'succeeded');
  const wanted = at(job, 'spec', 'completions');
  if (wanted !== undefined && wanted !== null) return `${succeeded}/${count(job, 'spec', 'completions')}`;
  const parallelism = count(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: Draft, now: number): string {
  const start = fromTimestamp(text(job, 'status', 'startTime'));
  if (start === undefined) return '';
  return humanDuration((fromTimestamp(text(job, 'status', 'completionTime')) ?? now) - start);
}

const job: RowPrinter = (object, now) => [
  nameOf(object),
  jobStatus(object),
  completions(object),
  jobDuration(object, now),
  createdAge(object, now),
  ...templateCells(object),
  selectorCell(object),
];

const cronJob: RowPrinter = (object, now) => {
  const suspend = at(object, 'spec', 'suspend');
  const last = at(object, 'status', 'lastScheduleTime');
  const template = at(object, 'spec', 'jobTemplate');
  return [
    nameOf(object),
    text(object, 'spec', 'schedule'),
    text(object, 'spec', 'timeZone') || NONE,
    suspend === undefined ? UNSET : suspend === true ? 'True' : 'False',
    asList(at(object, 'status', 'active')).length,
    last === undefined ? NONE : ageOf(last, now),
    createdAge(object, now),
    ...templateCells(isObject(template) ? template : {}),
    selectorText(at(template, 'spec', 'selector')),
  ];
};

const budget: RowPrinter = (object, now) => [
  nameOf(object),
  shown(at(object, 'spec', 'minAvailable'), 'N/A'),
  shown(at(object, 'spec', 'maxUnavailable'), 'N/A'),
  count(object, 'status', 'disruptionsAllowed'),
  createdAge(object, now),
];

/** One metric: what is and what is wanted. */
function metricText(spec: Draft, status: Draft | undefined): string {
  const type = asText(spec['type']);
  const source = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  const target = at(spec, source, 'target');
  const current = at(status, source, 'current');
  const now = (field: string): string => shown(at(current, field), UNKNOWN);
  const average = at(target, 'averageValue');
  if (type === 'Resource' || type === 'ContainerResource') {
    const name = text(spec, source, 'name');
    if (average !== undefined) return `${name}: ${now('averageValue')}/${shown(average, '')}`;
    const used = at(current, 'averageUtilization');
    const wanted = at(target, 'averageUtilization');
    const percent = (value: unknown, missing: string) => (value === undefined ? missing : `${shown(value, '')}%`);
    return `${name}: ${percent(used, UNKNOWN)}/${percent(wanted, '<auto>')}`;
  }
  if (type === 'Pods') return `${now('averageValue')}/${shown(average, '')}`;
  if (type !== 'Object' && type !== 'External') return '<unknown type>';
  if (average !== undefined) return `${now('averageValue')}/${shown(average, '')} (avg)`;
  return `${now('value')}/${shown(at(target, 'value'), '<auto>')}`;
}

/** Metrics shown before the rest is only counted. */
const MAX_METRICS = 2;

function targets(object: Draft): string {
  const specs = objectsOf(at(object, 'spec', 'metrics'));
  if (specs.length === 0) return NONE;
  const statuses = objectsOf(at(object, 'status', 'currentMetrics'));
  const shownMetrics = specs.slice(0, MAX_METRICS).map((spec, index) => metricText(spec, statuses[index]));
  const rest = specs.length - MAX_METRICS;
  return shownMetrics.join(', ') + (rest > 0 ? ` + ${rest} more...` : '');
}

const autoscaler: RowPrinter = (object, now) => [
  nameOf(object),
  `${text(object, 'spec', 'scaleTargetRef', 'kind')}/${text(object, 'spec', 'scaleTargetRef', 'name')}`,
  targets(object),
  shown(at(object, 'spec', 'minReplicas'), UNSET),
  count(object, 'spec', 'maxReplicas'),
  count(object, 'status', 'currentReplicas'),
  createdAge(object, now),
];

const revision: RowPrinter = (object, now) => {
  const owner = objectsOf(at(object, 'metadata', 'ownerReferences')).find((each) => each['controller'] === true);
  const [group = ''] = asText(owner?.['apiVersion']).includes('/') ? asText(owner?.['apiVersion']).split('/') : [];
  const kind = asText(owner?.['kind']).toLowerCase();
  const controller = owner ? `${group === '' ? kind : `${kind}.${group}`}/${asText(owner['name'])}` : NONE;
  return [nameOf(object), controller, count(object, 'revision'), createdAge(object, now)];
};

export const WORKLOAD_ROWS: Readonly<Record<string, RowPrinter>> = {
  replicationcontrollers: replicationController,
  'replicasets.apps': replicaSet,
  'deployments.apps': deployment,
  'statefulsets.apps': statefulSet,
  'daemonsets.apps': daemonSet,
  'controllerrevisions.apps': revision,
  'jobs.batch': job,
  'cronjobs.batch': cronJob,
  'poddisruptionbudgets.policy': budget,
  'horizontalpodautoscalers.autoscaling': autoscaler,
};
