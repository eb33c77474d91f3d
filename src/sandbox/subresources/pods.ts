/** What is asked of pods besides their object: binding and eviction. */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { topologyLabels } from '../admission/pod-topology.ts';
import { checkPreconditions, deleteObject, type DeleteOptions } from '../verbs/deletes.ts';
import {
  aggregate,
  badRequest,
  conflict,
  forbidden,
  notFound,
  rawServerError,
  tooManyRequests,
} from '../machinery/errors.ts';
import { fieldErrorText, required } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, at, childOf, type Draft, objectsOf, thaw } from '../machinery/json.ts';
import {
  admitVirtual,
  collectionOf,
  createOptions,
  type Machinery,
  type RequestTerms,
} from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { matchesLabels, requirementsOf } from '../machinery/selectors.ts';
import { keyText } from '../machinery/store.ts';
import { storedOtherwise, updateObject } from '../verbs/updates.ts';

export interface PodRequest {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
  readonly body: Draft;
}

/** What a successful binding or eviction answers. */
export const CREATED = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const;

export function bindPod(
  machinery: Machinery,
  terms: RequestTerms,
  { type, namespace, name, body }: PodRequest,
): typeof CREATED {
  const binding = metaOf(body);
  if (asText(binding['name']) !== name) throw badRequest('name in URL does not match name in Binding object');
  const node = targetNode(body);
  updateObject(machinery, terms, {
    type,
    namespace,
    name,
    subresource: 'binding',
    change: (old) => {
      if (!old) throw notFound(type, name);
      checkPinned({ type, namespace, name }, binding, old);
      const held = whyUnbindable(old);
      if (held !== undefined) throw conflict({ group: '', resource: 'pods/binding' }, name, `pod ${name} ${held}`);
      const draft: Draft = thaw({ ...old });
      childOf(draft, 'spec')['nodeName'] = node;
      const now = toTimestamp(machinery.clock.now());
      const status = childOf(draft, 'status');
      delete status['nominatedNodeName'];
      setCondition(status, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now });
      const meta = metaOf(draft);
      const annotations = asObject(binding['annotations']);
      if (annotations) meta['annotations'] = { ...asObject(meta['annotations']), ...annotations };
      const labels = { ...asObject(binding['labels']), ...topologyLabels(machinery, node) };
      if (Object.keys(labels).length > 0) meta['labels'] = { ...asObject(meta['labels']), ...labels };
      return draft;
    },
  });
  return CREATED;
}

function targetNode(body: Draft): string {
  const target = asObject(body['target']);
  const node = asText(target?.['name']);
  const kind = asText(target?.['kind']);
  if (node === '' || (kind !== '' && kind !== 'Node')) {
    const errors = [
      ...(kind !== '' && kind !== 'Node'
        ? [
            {
              type: 'FieldValueNotSupported',
              field: 'target.kind',
              badValue: kind,
              detail: 'supported values: "Node", "<empty>"',
            } as const,
          ]
        : []),
      ...(node === '' ? [required('target.name')] : []),
    ];
    // The real server forgets to wrap these.
    throw rawServerError(aggregate(errors.map(fieldErrorText)));
  }
  return node;
}

/** The pod that the writer of the binding saw. */
function checkPinned(pod: Omit<PodRequest, 'body'>, binding: Draft, old: KubeObject): void {
  const check = (what: 'UID' | 'ResourceVersion', wanted: string, found: string) => {
    if (wanted !== '' && wanted !== found)
      throw conflict(pod.type, pod.name, storedOtherwise(pod, { what, wanted, found }));
  };
  check('UID', asText(binding['uid']), old.metadata.uid ?? '');
  check('ResourceVersion', asText(binding['resourceVersion']), old.metadata.resourceVersion ?? '');
}

function whyUnbindable(pod: KubeObject): string | undefined {
  if (pod.metadata.deletionTimestamp) return 'is being deleted, cannot be assigned to a host';
  const bound = asText(at(pod, 'spec', 'nodeName'));
  if (bound !== '') return `is already assigned to node "${bound}"`;
  return objectsOf(at(pod, 'spec', 'schedulingGates')).length > 0 ? 'has non-empty .spec.schedulingGates' : undefined;
}

/**
 * In the place of the one of its type, with the time at which it last came to be. UpdatePodCondition of
 * k8s.io/kubernetes/pkg/api/pod.
 */
function setCondition(status: Draft, condition: Draft): void {
  const conditions = objectsOf(status['conditions']);
  const place = conditions.findIndex(({ type }) => type === condition['type']);
  const before = conditions[place];
  const since = before?.['status'] === condition['status'] ? before?.['lastTransitionTime'] : undefined;
  const next = since === undefined ? condition : { ...condition, lastTransitionTime: since };
  status['conditions'] = place < 0 ? [...conditions, next] : conditions.with(place, next);
}

const BUDGETS = 'poddisruptionbudgets.policy';

/** Pods that are over or never began need no budget. */
function needsNoBudget(pod: KubeObject): boolean {
  const phase = asText(at(pod, 'status', 'phase'));
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  );
}

const isReady = (pod: KubeObject): boolean =>
  objectsOf(at(pod, 'status', 'conditions')).some(
    (condition) => condition['type'] === 'Ready' && condition['status'] === 'True',
  );

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export function evictPod(
  outer: Machinery,
  terms: RequestTerms,
  request: PodRequest & { readonly options: DeleteOptions },
): typeof CREATED {
  const { type, namespace, name, body, options } = request;
  const named = asText(metaOf(body)['name']);
  if (named !== name) throw badRequest('name in URL does not match name in Eviction object');
  const pod = collectionOf(outer, type).get(keyText(namespace, name));
  if (!pod) throw notFound(type, name);
  const machinery = admitVirtual(outer, {
    operation: 'CREATE',
    type,
    subresource: 'eviction',
    namespace,
    name,
    object: body,
    terms,
    options: createOptions(terms),
  });
  let spend: KubeObject | undefined;
  if (!needsNoBudget(pod)) {
    const budgets = [...machinery.store.collection(BUDGETS).scan(`${namespace}/`)]
      .map(([, budget]) => budget)
      .filter((budget) => covers(budget, pod));
    if (budgets.length > 1) {
      throw tooManyBudgets();
    }
    const budget = budgets[0];
    if (budget && mustSpend(budget, pod)) {
      checkBudget(budget);
      spend = budget;
    }
  }
  if (spend && !terms.dryRun) spendBudget(machinery, terms, { budget: spend, pod: name });
  if (terms.dryRun) deleteObject(machinery, terms, { type, namespace, name, options });
  else deleteMarked(machinery, terms, { type, namespace, name, options });
  return CREATED;
}

/** The real server answers a Status of its own making, which gives no reason. */
const tooManyBudgets = () =>
  rawServerError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');

/**
 * The mark makes a new version of the pod. The version that the options ask for is compared with the one before it, and
 * then replaced. kubernetes: pkg/registry/core/pod/storage/eviction.go, addConditionAndDeletePod
 */
function deleteMarked(
  machinery: Machinery,
  terms: RequestTerms,
  { options, ...pod }: Omit<PodRequest, 'body'> & { readonly options: DeleteOptions },
): void {
  const { type, namespace, name } = pod;
  const read = () => collectionOf(machinery, type).get(keyText(namespace, name));
  const before = read();
  if (before !== undefined) checkPreconditions(type, before, options);
  markDisrupted(machinery, terms, pod);
  const version = options.resourceVersion === undefined ? undefined : read()?.metadata.resourceVersion;
  deleteObject(machinery, terms, {
    ...pod,
    options: version === undefined ? options : { ...options, resourceVersion: version },
  });
}

/** Says on the pod why it goes. */
function markDisrupted(
  machinery: Machinery,
  terms: RequestTerms,
  { type, namespace, name }: Omit<PodRequest, 'body'>,
): void {
  updateObject(machinery, terms, {
    type,
    namespace,
    name,
    subresource: 'status',
    ofStatus: true,
    change: (old) => {
      if (!old) throw notFound(type, name);
      const draft: Draft = { ...old, metadata: thaw(old.metadata), status: thaw(old['status']) };
      const status = childOf(draft, 'status');
      setCondition(status, {
        type: 'DisruptionTarget',
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: toTimestamp(machinery.clock.now()),
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      });
      return draft;
    },
  });
}

function covers(budget: KubeObject, pod: KubeObject): boolean {
  const requirements = requirementsOf(at(budget, 'spec', 'selector') as Parameters<typeof requirementsOf>[0]);
  return requirements !== undefined && matchesLabels(requirements, pod.metadata.labels);
}

/** An unready pod goes free where the budget is met without it, or always where its policy says so. */
function mustSpend(budget: KubeObject, pod: KubeObject): boolean {
  if (isReady(pod)) return true;
  if (at(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return false;
  const desired = asNumber(at(budget, 'status', 'desiredHealthy')) ?? 0;
  const current = asNumber(at(budget, 'status', 'currentHealthy')) ?? 0;
  return !(current >= desired && desired > 0);
}

function checkBudget(budget: KubeObject): void {
  const status = asObject(budget['status']) ?? {};
  const { name } = budget.metadata;
  const refused = (cause: string, retryAfterSeconds = 0) =>
    tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", {
      ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
      causes: [{ reason: 'DisruptionBudget', message: cause }],
    });
  if ((asNumber(status['observedGeneration']) ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = asNumber(status['disruptionsAllowed']) ?? 0;
  const budgets = { group: 'policy', resource: 'poddisruptionbudget' };
  if (allowed < 0) throw forbidden(budgets, name, 'pdb disruptions allowed is negative');
  if (Object.keys(asObject(status['disruptedPods']) ?? {}).length > MOST_DISRUPTED)
    throw forbidden(budgets, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (allowed === 0) throw refused(shortage(name, status));
}

/** More evictions than that wait for the budget's controller to see their pods go. */
const MOST_DISRUPTED = 2_000;

function shortage(name: string, status: Draft): string {
  const [desired, current] = [asNumber(status['desiredHealthy']) ?? 0, asNumber(status['currentHealthy']) ?? 0];
  const condition = objectsOf(status['conditions']).find(({ type }) => type === 'DisruptionAllowed');
  const [why, message] = [asText(condition?.['reason']), asText(condition?.['message'])];
  const denied = condition?.['status'] === 'False' && message !== '';
  const head = `The disruption budget ${name}`;
  if (denied && why === 'SyncFailed')
    return `${head} does not allow evicting pods currently because it failed sync: ${message}`;
  if (current <= desired) return `${head} needs ${desired} healthy pods and has ${current} currently`;
  return `${head} does not allow evicting pods currently${denied ? ` (${why}): ${message}` : ''}`;
}

function spendBudget(
  machinery: Machinery,
  terms: RequestTerms,
  { budget, pod }: { budget: KubeObject; pod: string },
): void {
  const draft: Draft = thaw({ ...budget });
  const status = childOf(draft, 'status');
  status['disruptionsAllowed'] = Number(status['disruptionsAllowed']) - 1;
  if (status['disruptionsAllowed'] === 0) {
    const rest = objectsOf(status['conditions']).filter((condition) => condition['type'] !== 'DisruptionAllowed');
    status['conditions'] = [
      ...rest,
      {
        type: 'DisruptionAllowed',
        status: 'False',
        observedGeneration: status['observedGeneration'],
        lastTransitionTime: toTimestamp(machinery.clock.now()),
        reason: 'InsufficientPods',
        message: '',
      },
    ];
  }
  childOf(status, 'disruptedPods')[pod] = toTimestamp(machinery.clock.now());
  machinery.store
    .collection(BUDGETS)
    .put(keyText(budget.metadata.namespace, budget.metadata.name), draft as unknown as KubeObject, terms.by);
}
