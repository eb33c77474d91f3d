/**
 * Revisions of a Deployment: annotations on its ReplicaSets.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
 */
import { equalJson } from '../machinery/json.ts';
import type { MutableObject } from '../machinery/cluster.ts';
import type { Deployment, PodTemplate, ReplicaSet } from '../runtime/shapes.ts';
import { byAge, DESIRED_ANNOTATION, MAX_ANNOTATION, maxSurge } from './deployment-scaling.ts';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';

/** The history annotation is cut to this many characters. (maxRevHistoryLengthInChars of the real controller) */
const MAX_HISTORY_CHARS = 2000;

const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  HISTORY,
  DESIRED_ANNOTATION,
  MAX_ANNOTATION,
]);

export const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[REVISION] ?? 0) || 0;

export const maxRevision = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((max, set) => Math.max(max, revisionOf(set)), 0);

function withoutHash(template: PodTemplate): PodTemplate {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export const sameTemplate = (a: PodTemplate, b: PodTemplate): boolean => equalJson(withoutHash(a), withoutHash(b));

/** The ReplicaSet of the present template: the oldest, should there be several. */
export function findNewest(d: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...sets].sort(byAge).find((set) => sameTemplate(set.spec.template, d.spec.template));
}

/** The annotations that the newest ReplicaSet should have. */
export function newestAnnotations(
  d: Deployment,
  set: ReplicaSet | undefined,
  revision: number,
): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = { ...set?.metadata.annotations };
  for (const [key, value] of Object.entries(d.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  const before = annotations[REVISION];
  if (Number(before ?? 0) < revision) {
    annotations[REVISION] = String(revision);
    if (before !== undefined) {
      const history = annotations[HISTORY];
      let entries = history === undefined || history === '' ? [before] : [...history.split(','), before];
      while (entries.join(',').length > MAX_HISTORY_CHARS) entries = entries.slice(1);
      annotations[HISTORY] = entries.join(',');
    }
  }
  if (set === undefined) Object.assign(annotations, replicaAnnotations(d));
  return annotations;
}

export const replicaAnnotations = (d: Deployment): Readonly<Record<string, string>> => ({
  [DESIRED_ANNOTATION]: String(d.spec.replicas),
  [MAX_ANNOTATION]: String(d.spec.replicas + maxSurge(d)),
});

/** Sets annotations on a draft. */
export function annotate(draft: MutableObject, annotations: Readonly<Record<string, string>>): void {
  draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
}
