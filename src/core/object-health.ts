/** Health of kinds that are not workloads: by what their own controllers say in status. */
import type { Condition, KubeObject } from '../shapes/kube.ts';

export type Health =
  | { readonly state: 'healthy' }
  /** Not well (yet). The message says what is missing. */
  | { readonly state: 'unhealthy'; readonly message: string }
  /** The data that would tell is not there. Never counts as success. */
  | { readonly state: 'unknown'; readonly message: string };

export const healthy: Health = { state: 'healthy' };
export const unhealthy = (message: string): Health => ({ state: 'unhealthy', message });
export const unknown = (message: string): Health => ({ state: 'unknown', message });

/** Undefined when neither the kind nor its conditions tell anything. */
export function objectHealth(object: KubeObject): Health | undefined {
  const { apiVersion, kind } = object;
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const rule = RULES[`${group}/${kind}`];
  return rule === undefined ? byConditions(object) : rule(object);
}

type Rule = (object: KubeObject) => Health;

const RULES: Readonly<Record<string, Rule>> = {
  '/Node': (node) => wanted(node, 'Ready'),
  // A Job that runs is as well as one that is complete.
  'batch/Job': (job) => unwanted(job, 'Failed'),
  // It says nothing of itself but when it last made a Job; that it is there is all.
  'batch/CronJob': () => healthy,
  'autoscaling/HorizontalPodAutoscaler': (scaler) =>
    firstBad([wanted(scaler, 'AbleToScale'), wanted(scaler, 'ScalingActive')]),
  '/PersistentVolumeClaim': (claim) => inPhase(claim, ['Bound']),
  '/PersistentVolume': (volume) => inPhase(volume, ['Bound', 'Available']),
  '/Namespace': (namespace) => inPhase(namespace, ['Active']),
  // These have no state beside what is written in them: only the trigger shows whether that is right.
  '/ConfigMap': () => healthy,
  '/Secret': () => healthy,
  '/Service': () => healthy,
  '/ServiceAccount': () => healthy,
  '/ResourceQuota': () => healthy,
  'policy/PodDisruptionBudget': () => healthy,
  'networking.k8s.io/Ingress': () => healthy,
  'networking.k8s.io/NetworkPolicy': () => healthy,
};

/** Of other kinds those conditions that mean by convention that it is well: the first that is there decides. */
const GOOD = ['Ready', 'Available', 'Healthy'];

function byConditions(object: KubeObject): Health | undefined {
  const type = GOOD.find((name) => conditionsOf(object).some((condition) => condition.type === name));
  return type === undefined ? undefined : wanted(object, type);
}

const statusOf = (object: KubeObject) =>
  (object['status'] ?? {}) as {
    readonly phase?: string;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
const conditionsOf = (object: KubeObject): readonly Condition[] => statusOf(object).conditions ?? [];
const named = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;

function wanted(object: KubeObject, type: string): Health {
  const { observedGeneration } = statusOf(object);
  const { generation = 0 } = object.metadata;
  if (observedGeneration !== undefined && observedGeneration < generation)
    return unhealthy(`${named(object)}: its controller has not seen the latest change yet`);
  const condition = conditionsOf(object).find((one) => one.type === type);
  if (condition === undefined) return unknown(`${named(object)} has no condition ${type}`);
  return condition.status === 'True' ? healthy : unhealthy(said(object, condition));
}

function unwanted(object: KubeObject, type: string): Health {
  const condition = conditionsOf(object).find((one) => one.type === type);
  return condition?.status === 'True' ? unhealthy(said(object, condition)) : healthy;
}

const said = (object: KubeObject, { type, status, reason, message }: Condition): string =>
  `${named(object)}: ${[`${type}=${status}`, reason, message].filter((part) => part !== undefined && part !== '').join(': ')}`;

function inPhase(object: KubeObject, phases: readonly string[]): Health {
  const { phase } = statusOf(object);
  if (phase === undefined) return unknown(`${named(object)} has no status yet`);
  return phases.includes(phase) ? healthy : unhealthy(`${named(object)} is ${phase}`);
}

const firstBad = (healths: readonly Health[]): Health => healths.find(({ state }) => state !== 'healthy') ?? healthy;
