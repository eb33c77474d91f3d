/**
 * Parts of a policy that the schema accepts and that can never do anything: a trigger that can never fire, an action
 * that is never taken, a protection of nothing. Such a policy looks healthy for ever. It is asked offline (`kubeskippy
 * lint`) and live (`Ready`), each with what is known there.
 */
import type {
  Action,
  ConditionTrigger,
  EventTrigger,
  ExpressionTrigger,
  HealingPolicy,
  MetricTrigger,
  ProtectedResource,
} from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { ActionSettings } from '../actions/action-kind.ts';
import { covers } from '../gates/protection.ts';
import { POD_PSEUDO_CONDITIONS } from '../pod-conditions.ts';
import { expressionIssue, type KeptFields } from '../triggers/expression.ts';
import type { ProblemReason } from '../reasons/index.ts';

export interface Silence {
  readonly path: string;
  readonly message: string;
  readonly reason: Extract<
    ProblemReason,
    'InvalidExpression' | 'NeverFires' | 'NeverTaken' | 'ProtectsNothing' | 'MatchesNothing'
  >;
}

export interface Known {
  /** Namespaces whose policies reach objects that lie in no namespace; undefined: the configuration is not known. */
  readonly clusterPolicyNamespaces?: readonly string[];
  readonly settings?: Pick<ActionSettings, 'endpoints' | 'channels'>;
  /** The families that a query reads; undefined where the labels of its answer are of the query's own making. */
  readonly families?: (query: string) => readonly string[] | undefined;
  /** The fields that decisions read of a kind. */
  readonly fieldsOf?: (apiVersion: string, kind: string) => KeptFields;
}

export const silencesOf = (policy: HealingPolicy, known: Known): readonly Silence[] => [
  ...outOfReach(policy, known),
  ...policy.triggers.flatMap((trigger): readonly Silence[] => {
    switch (trigger.type) {
      case 'condition':
        return misspelt(policy, trigger);
      case 'event':
        return noSuchType(trigger);
      case 'metric':
        return aboutOthers(policy, trigger, known);
      case 'expression':
        return wrongForItsKinds(policy, trigger, known);
      case 'cordoned':
        return [];
    }
  }),
  ...policy.actions.flatMap((action) => [...neverFits(policy, action), ...noSuchName(action, known)]),
  ...protectsNothing(policy),
];

/** Of Kubernetes itself. Of other kinds neither the conditions are known nor what stands above them. */
const BUILT_IN = /^(?:v1|apps\/v1|batch\/v1)$/;

/** Conditions that Kubernetes' own controllers write, and those that containers stand for. */
const CONDITIONS: readonly string[] = [
  ...POD_PSEUDO_CONDITIONS,
  'Ready',
  'Initialized',
  'ContainersReady',
  'PodScheduled',
  'DisruptionTarget',
  'Available',
  'Progressing',
  'ReplicaFailure',
  'Complete',
  'Failed',
  'FailureTarget',
  'SuccessCriteriaMet',
  'Suspended',
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  'AbleToScale',
  'ScalingActive',
  'ScalingLimited',
  'FileSystemResizePending',
  'Resizing',
  'DisruptionAllowed',
];

/** Node problem detectors add conditions of any name. Only one that differs in its capitals is certainly a mistake. */
function misspelt({ selector }: HealingPolicy, { name, conditionType }: ConditionTrigger): readonly Silence[] {
  // A custom resource may have a condition `ready`.
  if (CONDITIONS.includes(conditionType) || selector.resources.some(({ apiVersion }) => !BUILT_IN.test(apiVersion)))
    return [];
  const meant = CONDITIONS.find((one) => one.toLowerCase() === conditionType.toLowerCase());
  if (meant === undefined) return [];
  const message = `no object of the selected kinds has a condition ${conditionType}; write ${meant}`;
  return [{ path: `spec.triggers[${name}].conditionTrigger.type`, reason: 'NeverFires', message }];
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const EVENT_TYPES: readonly string[] = ['Normal', 'Warning'];

/** The API server takes any type from old clients. Only one that differs in its capitals is certainly a mistake. */
function noSuchType({ name, eventType }: EventTrigger): readonly Silence[] {
  if (eventType === undefined || EVENT_TYPES.includes(eventType)) return [];
  const meant = EVENT_TYPES.find((one) => one.toLowerCase() === eventType.toLowerCase());
  if (meant === undefined) return [];
  const message = `Events have the type Normal or Warning, and never ${eventType}; write ${meant}`;
  return [{ path: `spec.triggers[${name}].eventTrigger.type`, reason: 'NeverFires', message }];
}

/** Kinds of Kubernetes that lie in no namespace. */
const OF_THE_CLUSTER: ReadonlySet<string> = new Set([
  'v1/Node',
  'v1/PersistentVolume',
  'v1/Namespace',
  'storage.k8s.io/v1/StorageClass',
]);

function outOfReach({ namespace, selector }: HealingPolicy, { clusterPolicyNamespaces }: Known): readonly Silence[] {
  if (clusterPolicyNamespaces === undefined || clusterPolicyNamespaces.includes(namespace)) return [];
  return selector.resources
    .filter(({ apiVersion, kind }) => OF_THE_CLUSTER.has(`${apiVersion}/${kind}`))
    .map(({ apiVersion, kind }) => ({
      path: `spec.selector.resources[${apiVersion}/${kind}]`,
      reason: 'MatchesNothing',
      message: `a ${kind} lies in no namespace, and policies of namespace ${namespace} reach none; put the policy into one of the operator's clusterPolicyNamespaces (${clusterPolicyNamespaces.join(', ')})`,
    }));
}

/** `kube_job_failed` → Job. The longest prefix decides. */
const SUBJECTS: readonly (readonly [prefix: string, kind: string])[] = [
  ['kube_persistentvolumeclaim_', 'PersistentVolumeClaim'],
  ['kube_persistentvolume_', 'PersistentVolume'],
  ['kube_horizontalpodautoscaler_', 'HorizontalPodAutoscaler'],
  ['kube_poddisruptionbudget_', 'PodDisruptionBudget'],
  ['kube_deployment_', 'Deployment'],
  ['kube_statefulset_', 'StatefulSet'],
  ['kube_daemonset_', 'DaemonSet'],
  ['kube_replicaset_', 'ReplicaSet'],
  ['kube_cronjob_', 'CronJob'],
  ['kube_job_', 'Job'],
  ['kube_service_', 'Service'],
  ['kube_node_', 'Node'],
  ['kube_pod_', 'Pod'],
];

/** Whom a series about the kind can speak for: itself, and the controllers above it that the operator watches. */
const SPEAKS_FOR: Readonly<Record<string, readonly string[]>> = {
  Pod: ['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Node'],
  ReplicaSet: ['Deployment'],
};

function aboutOthers(policy: HealingPolicy, trigger: MetricTrigger, { families }: Known): readonly Silence[] {
  const names = trigger.target === undefined ? families?.(trigger.query) : undefined;
  const kinds = (names ?? []).map((family) => SUBJECTS.find(([prefix]) => family.startsWith(prefix))?.[1]);
  if (kinds.length === 0 || kinds.includes(undefined)) return [];
  const selected = policy.selector.resources.map(({ kind }) => kind);
  const reachable = kinds.flatMap((kind = '') => [kind, ...(SPEAKS_FOR[kind] ?? [])]);
  // A custom controller may stand above the pods.
  const isKnown = (kind: string): boolean => SUBJECTS.some(([, one]) => one === kind);
  if (selected.some((kind) => reachable.includes(kind) || (kinds.includes('Pod') && !isKnown(kind)))) return [];
  const about = [...new Set(kinds)].join(', ');
  const message = `its series are about objects of kind ${about}, and the policy selects ${selected.join(', ') || 'no kind'}; select ${about}, or ask for series of what is selected`;
  return [{ path: `spec.triggers[${trigger.name}].metricTrigger.query`, reason: 'NeverFires', message }];
}

function wrongForItsKinds(
  { selector }: HealingPolicy,
  { name, expression }: ExpressionTrigger,
  { fieldsOf }: Known,
): readonly Silence[] {
  if (fieldsOf === undefined) return [];
  return selector.resources.flatMap(({ apiVersion, kind }): readonly Silence[] => {
    const issue = expressionIssue(expression, { kind, fields: fieldsOf(apiVersion, kind) });
    const path = `spec.triggers[${name}].expressionTrigger.expression`;
    return issue === undefined ? [] : [{ path, reason: 'InvalidExpression', message: `of a ${kind}: ${issue}` }];
  });
}

function neverFits({ selector }: HealingPolicy, { name, kinds, type }: Action): readonly Silence[] {
  const selected = selector.resources.map(({ kind }) => kind);
  if (kinds.length === 0 || selected.length === 0 || kinds.some((kind) => selected.includes(kind))) return [];
  const message = `${type} is for ${kinds.join(', ')}, and the policy selects ${selected.join(', ')}`;
  return [{ path: `spec.actions[${name}].kinds`, reason: 'NeverTaken', message }];
}

function noSuchName({ name, template }: Action, { settings }: Known): readonly Silence[] {
  if (settings === undefined) return [];
  const { webhookAction, notifyAction } = template;
  const asked: readonly (readonly [field: string, what: string, name: string | undefined, known: readonly string[]])[] =
    [
      ['webhookAction.name', 'endpoint', webhookAction?.name, settings.endpoints],
      ['notifyAction.channel', 'channel', notifyAction?.channel, settings.channels],
    ];
  return asked.flatMap(([field, what, one, known]): readonly Silence[] => {
    if (one === undefined || known.includes(one)) return [];
    const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    const message = `the operator's configuration has no ${what} ${one}; ${there}`;
    return [{ path: `spec.actions[${name}].${field}`, reason: 'NeverTaken', message }];
  });
}

/** What an action on one kind can touch beside it: the parts of a workload, and the pods of a node. */
const TOUCHED: Readonly<Record<string, readonly string[]>> = {
  Pod: ['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'],
  ReplicaSet: ['Deployment'],
  Job: ['CronJob'],
  Node: ['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job'],
};
function protectsNothing({ selector, safety }: HealingPolicy): readonly Silence[] {
  const selected = selector.resources.map(({ kind }) => kind);
  const touched = new Set(selected.flatMap((kind) => [kind, ...(TOUCHED[kind] ?? [])]));
  return safety.protectedResources.flatMap(({ apiVersion, kind }, place): readonly Silence[] => {
    if (touched.has(kind) || !BUILT_IN.test(apiVersion)) return [];
    const message = `${kind} of ${apiVersion} is nothing that the policy selects or could touch, so that this protects nothing`;
    return [{ path: `spec.safetyRules.protectedResources[${place}].kind`, reason: 'ProtectsNothing', message }];
  });
}

/**
 * Rules of protection that cover no object at this moment, in a sentence; undefined: each covers one, or it cannot be
 * told. `objectsOf`: all of a kind where policies of this kind of namespace may reach, or undefined.
 */
export function unusedProtections(
  { safety }: Pick<HealingPolicy, 'safety'>,
  objectsOf: (rule: ProtectedResource) => readonly KubeObject[] | undefined,
): string | undefined {
  const unused = safety.protectedResources.flatMap((rule, place) => {
    const objects = objectsOf(rule);
    if (objects === undefined || objects.some((object) => covers(rule, object))) return [];
    const names = rule.names.length === 0 ? '' : ` named ${rule.names.join(' or ')}`;
    return [`protectedResources[${place}] (${rule.kind}${names})`];
  });
  if (unused.length === 0) return undefined;
  const rest = unused.length > MAX_NAMED_RULES ? ` and ${unused.length - MAX_NAMED_RULES} more` : '';
  return `${unused.slice(0, MAX_NAMED_RULES).join(', ')}${rest} of spec.safetyRules match no object, and protect nothing`;
}

/** As many as a person reads in a condition. */
const MAX_NAMED_RULES = 3;
