/**
 * ControllerRevisions: the history of StatefulSets and DaemonSets.
 * https://kubernetes.io/docs/tasks/manage-daemon/rollback-daemon-set/#understanding-daemonset-revisions
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, controllerRef, uidOf } from '../runtime/context.ts';
import { hashOf } from '../runtime/hash.ts';
import { CONTROLLER_REVISIONS } from '../runtime/resources.ts';
import type { ControllerRevision, PodTemplate } from '../runtime/shapes.ts';
import { removeExactly } from './ownership.ts';

export interface RevisedOwner extends KubeObject {
  readonly spec: { readonly template: PodTemplate; readonly revisionHistoryLimit?: number };
  readonly status?: { readonly collisionCount?: number };
}

export interface RevisionStyle {
  readonly ownerKind: { readonly apiVersion: string; readonly kind: string };
  /** Which label of the ControllerRevision carries the hash. */
  readonly hashLabel: string;
}

/** What `kubectl rollout undo` patches the owner with. */
const dataOf = (template: PodTemplate): unknown => ({ spec: { template: { ...template, $patch: 'replace' } } });

export function revisionsOf(context: Context, owner: KubeObject): readonly ControllerRevision[] {
  const owned = context.ownedBy(CONTROLLER_REVISIONS, uidOf(owner));
  return [...owned].sort((a, b) => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/**
 * The revision of the present template: the newest one when it is the same, an older one moved to the top, or a new
 * one. A hash that another template holds is passed over by a higher collision count.
 */
export function updateRevision(context: Context, owner: RevisedOwner, style: RevisionStyle): ControllerRevision {
  const revisions = revisionsOf(context, owner);
  const data = dataOf(owner.spec.template);
  const next = (revisions.at(-1)?.revision ?? 0) + 1;
  const equal = revisions.filter((revision) => equalJson(revision.data, data)).at(-1);
  if (equal !== undefined) {
    if (equal === revisions.at(-1)) return equal;
    return context.modify(CONTROLLER_REVISIONS, equal, (draft) => ({ ...draft, revision: next })) ?? equal;
  }
  for (let collisions = owner.status?.collisionCount ?? 0; ; collisions++) {
    const hash = hashOf(data, collisions);
    try {
      return context.create<ControllerRevision>(CONTROLLER_REVISIONS, {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `${owner.metadata.name}-${hash}`,
          namespace: owner.metadata.namespace ?? '',
          labels: { ...owner.spec.template.metadata?.labels, [style.hashLabel]: hash },
          ...(owner.metadata.annotations === undefined ? {} : { annotations: owner.metadata.annotations }),
          ownerReferences: [controllerRef(style.ownerKind, owner)],
        },
        data,
        revision: next,
      });
    } catch (cause) {
      // Bounded: each turn takes another name, and the names that exist are finitely many.
      if (!isApiError(cause, 'AlreadyExists')) throw cause;
    }
  }
}

/** Deletes the oldest revisions that nothing uses, down to the limit. */
export function truncateHistory(context: Context, owner: RevisedOwner, live: ReadonlySet<string>): void {
  const unused = revisionsOf(context, owner).filter((revision) => !live.has(revision.metadata.name));
  const surplus = unused.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const revision of unused.slice(0, Math.max(0, surplus))) removeExactly(context, CONTROLLER_REVISIONS, revision);
}

/** The template that a revision recorded. */
export function templateOf(revision: ControllerRevision): PodTemplate {
  const { $patch: _, ...template } = (revision.data as { spec: { template: PodTemplate & { $patch?: string } } }).spec
    .template;
  return template;
}
