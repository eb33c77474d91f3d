/**
 * Why a pod fits no node: as the scheduler says it, and as the objects say it. The scheduler has the last word, since
 * it saw all pods; the objects tell what its message does not, for example whether selector or affinity is meant.
 * https://github.com/kubernetes/kubernetes/tree/v1.33.0/pkg/scheduler/framework/plugins: one file for each reason there
 */
import type { EventObject } from '../../../../shapes/workloads.ts';
import { compareQuantity, parseQuantity, type Quantity } from '../../../../std/quantity.ts';
import type { NodeObject, PodObject, PodSpec, Taint, Toleration } from '../../objects.ts';
import { matches, matchesNode } from '../../selectors.ts';
import type { Snapshot } from '../../snapshot.ts';
import { amount, condition, heard, isUnscheduled } from '../facts.ts';

export type Blocker =
  | 'cpu'
  | 'memory'
  | 'pods'
  | 'resource'
  | 'taint'
  | 'cordon'
  | 'not ready'
  | 'selector'
  | 'affinity'
  | 'anti-affinity'
  | 'pod affinity'
  | 'spread'
  | 'ports'
  | 'zone'
  | 'volume'
  | 'volume count'
  | 'volume gone'
  | 'claim in use'
  | 'device'
  | 'claim missing'
  | 'claim unbound';

export interface Fit {
  /** The blocker that stands in the way on most nodes. */
  readonly chief: Blocker;
  /** Nodes on which it does, and the other blockers with theirs. */
  readonly counts: ReadonlyMap<Blocker, number>;
  readonly nodes: number | undefined;
  readonly event?: EventObject;
  readonly message: string;
  /** Of `resource`, `taint`, `claim missing`: which. */
  readonly detail: string;
}

const MESSAGES: readonly (readonly [RegExp, Blocker])[] = [
  [/^Insufficient cpu/, 'cpu'],
  [/^Insufficient memory/, 'memory'],
  [/^(?:Insufficient pods|Too many pods)/, 'pods'],
  [/^Insufficient (\S+)/, 'resource'],
  [/untolerated taint(?:\(s\))? ?\{node\.kubernetes\.io\/(?:not-ready|unreachable)\b/, 'not ready'],
  [/untolerated taint(?:\(s\))? ?\{node\.kubernetes\.io\/unschedulable\b/, 'cordon'],
  [/(?:untolerated taint(?:\(s\))?|had taint) ?\{([^}]*)\}/, 'taint'],
  [/untolerated taint/, 'taint'],
  [/were unschedulable/, 'cordon'],
  [/didn't match (?:Pod's )?(?:node affinity|node selector|Pod's node affinity)/, 'affinity'],
  [/didn't (?:match|satisfy) (?:existing )?pods? anti-affinity/, 'anti-affinity'],
  [/didn't match pod affinity/, 'pod affinity'],
  [/topology spread constraints/, 'spread'],
  [/didn't have free ports/, 'ports'],
  [/volume node affinity conflict|no available volume zone/, 'zone'],
  [/exceed max volume count/, 'volume count'],
  [/bound to non-existent pv/, 'volume gone'],
  [/ReadWriteOncePod access mode already in-use/, 'claim in use'],
  [/cannot allocate all claims|resourceclaim not available on the node/, 'device'],
  [/didn't find available persistent volumes to bind/, 'volume'],
  [/persistentvolumeclaim "([^"]+)" not found/, 'claim missing'],
  [/unbound immediate PersistentVolumeClaims/, 'claim unbound'],
];

/** What every cluster has on some node, however well it is; it loses against a blocker of the pod's own. */
const STANDING: ReadonlySet<Blocker> = new Set<Blocker>(['cordon', 'not ready']);

/** Of a look: the events of the next one may say something else of the same pod. */
const made = new WeakMap<Snapshot, WeakMap<PodObject, Fit | 'fits'>>();

/** Why the pod is on no node; undefined when it is on one, was not looked at yet, or would fit. */
export function fitOf(pod: PodObject, snapshot: Snapshot): Fit | undefined {
  if (!isUnscheduled(pod)) return undefined;
  const ofLook = made.get(snapshot) ?? new WeakMap<PodObject, Fit | 'fits'>();
  made.set(snapshot, ofLook);
  const known = ofLook.get(pod);
  if (known !== undefined) return known === 'fits' ? undefined : known;
  const fit = said(pod, snapshot);
  ofLook.set(pod, fit ?? 'fits');
  return fit;
}

/** What the scheduler said last, by its Event or else by the condition. */
function said(pod: PodObject, snapshot: Snapshot): Fit | undefined {
  const event = heard(snapshot, pod, { reasons: ['FailedScheduling'] })?.event;
  const scheduled = condition(pod, 'PodScheduled');
  const message = event?.message ?? (scheduled?.status === 'False' ? scheduled.message : undefined);
  if (message === undefined || message === '') return undefined;
  const [, nodes, reasons = message] = /^\d+\/(\d+) nodes are available: (.*)$/s.exec(message) ?? [];
  const counts = new Map<Blocker, number>();
  let detail = '';
  for (const part of (reasons.split(/\.? preemption: /)[0] ?? '').split(/, (?=\d+ )|(?<=})[,.] /)) {
    const [, count = nodes ?? '1', text = part] = /^(\d+) (.*)$/s.exec(part.trim()) ?? [];
    const found = MESSAGES.find(([pattern]) => pattern.test(text));
    if (found === undefined) continue;
    const [pattern, blocker] = found;
    counts.set(blocker, (counts.get(blocker) ?? 0) + Number(count));
    detail ||= pattern.exec(text)?.[1] ?? '';
  }
  if (counts.get('affinity') !== undefined && selectorFails(pod.spec, snapshot)) {
    counts.set('selector', counts.get('affinity') ?? 0);
    counts.delete('affinity');
  }
  // Nodes that the pod asks for are there: what stands in the way on them is the cause.
  if (counts.size > 1 && asksForSome(pod.spec, snapshot)) {
    counts.delete('selector');
    counts.delete('affinity');
  }
  const chief = chiefOf(counts);
  return chief === undefined
    ? undefined
    : {
        chief,
        counts,
        nodes: nodes === undefined ? undefined : Number(nodes),
        ...(event !== undefined && { event }),
        message,
        detail,
      };
}

function chiefOf(counts: ReadonlyMap<Blocker, number>): Blocker | undefined {
  const rank = ([blocker, count]: readonly [Blocker, number]) => count - (STANDING.has(blocker) ? 0.5 : 0);
  return [...counts].toSorted((a, b) => rank(b) - rank(a))[0]?.[0];
}

/** Whether spec.nodeSelector, and not affinity, is what no node has. */
function selectorFails(spec: PodSpec | undefined, snapshot: Snapshot): boolean {
  const { nodeSelector = {} } = spec ?? {};
  if (Object.keys(nodeSelector).length === 0) return false;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined) return true;
  const nodes = snapshot.all('Node');
  return !nodes.some(({ metadata }) => matches({ matchLabels: nodeSelector }, metadata.labels));
}

/** Nodes of the control plane take no pods of people: that they match says nothing. */
const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(?:control-plane|master)$/;
const isOfControlPlane = ({ metadata }: NodeObject): boolean =>
  Object.entries(metadata.labels ?? {}).some(
    ([key, value]) => CONTROL_PLANE.test(key) || (key === 'kubernetes.io/role' && value === 'master'),
  );

/** Whether a node that takes pods has the labels that selector and affinity ask for. */
function asksForSome(spec: PodSpec | undefined, snapshot: Snapshot): boolean {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return snapshot
    .all('Node')
    .some(
      (node) =>
        !isOfControlPlane(node) &&
        matches({ matchLabels: spec?.nodeSelector ?? {} }, node.metadata.labels) &&
        (terms === undefined || matchesNode(terms, node)),
    );
}

const TOLERATED_EFFECTS = new Set(['NoSchedule', 'NoExecute']);

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export const tolerates = (tolerations: readonly Toleration[], taint: Taint): boolean =>
  !TOLERATED_EFFECTS.has(taint.effect) ||
  tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  );

/** What the scheduler reserves for the pod: the larger of its containers together and each init container. */
export function requestOf(spec: PodSpec | undefined, resource: string): Quantity {
  const of = (requests: Readonly<Record<string, string | number>> | undefined) =>
    amount(requests?.[resource])?.nano ?? 0n;
  const together = (spec?.containers ?? []).reduce((sum, { resources }) => sum + of(resources?.requests), 0n);
  const largest = (spec?.initContainers ?? []).reduce((most, { resources }) => {
    const one = of(resources?.requests);
    return one > most ? one : most;
  }, 0n);
  return { nano: together > largest ? together : largest, format: resource === 'memory' ? 'BinarySI' : 'DecimalSI' };
}

/** Whether the objects say that the pod has room on the node: labels, taints, cordon, and what is free. */
export function fitsNode(pod: PodObject, node: NodeObject, snapshot: Snapshot): boolean {
  const { spec } = pod;
  const taints = (node.spec?.taints ?? []).filter(({ key }) => key !== 'node.kubernetes.io/unschedulable');
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    node.spec?.unschedulable !== true &&
    condition(node, 'Ready')?.status !== 'False' &&
    taints.every((taint) => tolerates(spec?.tolerations ?? [], taint)) &&
    matches({ matchLabels: spec?.nodeSelector ?? {} }, node.metadata.labels) &&
    (terms === undefined || matchesNode(terms, node)) &&
    ['cpu', 'memory'].every((resource) => {
      const free = freeOn(node, resource, snapshot);
      return free === undefined || compareQuantity(requestOf(spec, resource), free) <= 0;
    })
  );
}

/** What the node has left for requests; undefined where it does not say what it has. */
export function freeOn(node: NodeObject, resource: string, snapshot: Snapshot): Quantity | undefined {
  const there = node.status?.allocatable?.[resource];
  const total = there === undefined ? undefined : parseQuantity(String(there));
  if (total === undefined) return undefined;
  const used = snapshot
    .podsOn(node.metadata.name)
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .reduce((sum, { spec }) => sum + requestOf(spec, resource).nano, 0n);
  return { nano: total.nano - used, format: total.format };
}
