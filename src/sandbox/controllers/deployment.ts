/**
 * Deployments: rollouts from one ReplicaSet to the next.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, controllerOf, controllerRef, parseKey, uidOf } from '../runtime/context.ts';
import { hashOf } from '../runtime/hash.ts';
import { isPodFinished } from '../runtime/pods.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../runtime/resources.ts';
import { SelectorIndex } from '../runtime/selectors.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../runtime/shapes.ts';
import { conditionOf } from './conditions.ts';
import {
  annotate,
  findNewest,
  HASH_LABEL,
  maxRevision,
  newestAnnotations,
  REVISION,
  replicaAnnotations,
  revisionOf,
  sameTemplate,
} from './deployment-revision.ts';
import {
  active,
  byAge,
  DESIRED_ANNOTATION,
  newReplicas,
  proportionalSizes,
  type Resize,
  shrinkOld,
} from './deployment-scaling.ts';
import {
  type ConditionText,
  deadlineOf,
  deploymentStatus,
  hasHistoryLimit,
  hasProgressDeadline,
  isComplete,
  rolloutStatus,
  setCondition,
} from './deployment-status.ts';
import { claim, Orphans, removeExactly, selectorOf, watchChildren, watchOwners } from './ownership.ts';

export function startDeployments(context: Context): void {
  const events = context.recorder('deployment-controller');
  const orphans = new Orphans();
  const selectors = new SelectorIndex();
  const queue = context.queue((key) => sync(key));
  const add = (key: string): void => queue.add(key);
  watchOwners(context, { owners: DEPLOYMENTS, selectors, add, selectorOf });
  watchChildren(context, { children: REPLICA_SETS, ownerKind: 'Deployment', selectors, orphans, add });
  // With Recreate, the next step waits for the last old pod to be gone.
  context.watch(PODS, ({ type, object, old }) => {
    const ended = type === 'DELETED' || (isPodFinished(object) && old !== undefined && !isPodFinished(old));
    const owner = ended ? controllerOf(object) : undefined;
    if (owner?.kind !== 'ReplicaSet') return;
    const namespace = object.metadata.namespace ?? '';
    const set = context.get(REPLICA_SETS, { namespace, name: owner.name });
    const parent = set === undefined ? undefined : controllerOf(set);
    if (parent?.kind === 'Deployment') queue.add(`${namespace}/${parent.name}`);
  });

  function sync(key: string): void {
    const deployment = context.get(DEPLOYMENTS, parseKey(key));
    if (deployment === undefined) return;
    const sets = claim(context, { owner: deployment, ownerKind: DEPLOYMENTS, children: REPLICA_SETS, orphans });
    new Rollout(context, events, { deployment, sets }).run();
    const after = context.get(DEPLOYMENTS, parseKey(key));
    const deadline =
      after === undefined || after.metadata.deletionTimestamp !== undefined ? undefined : deadlineOf(after);
    if (deadline !== undefined && deadline > context.now()) queue.addAt(key, deadline);
  }
}

/** One reconciliation. Every write replaces the object here by what the server answered. */
class Rollout {
  readonly #context: Context;
  readonly #events: Recorder;
  #d: Deployment;
  #newest: ReplicaSet | undefined;
  #old: ReplicaSet[];

  constructor(
    context: Context,
    events: Recorder,
    { deployment, sets }: { readonly deployment: Deployment; readonly sets: readonly ReplicaSet[] },
  ) {
    this.#context = context;
    this.#events = events;
    this.#d = deployment;
    this.#newest = findNewest(deployment, sets);
    this.#old = sets.filter((set) => set !== this.#newest);
  }

  run(): void {
    if (this.#d.metadata.deletionTimestamp !== undefined) {
      this.#writeStatus(deploymentStatus(this.#d, { all: this.#all(), newest: this.#newest }, this.#context.now()));
      return;
    }
    this.#notePause();
    if (this.#d.spec.paused === true || this.#isScaled()) {
      this.#takeNewest('only when it exists');
      for (const size of proportionalSizes(this.#d, this.#newest, this.#old)) this.#resize(size);
      if (this.#d.spec.paused === true) this.#forgetOldRevisions();
      this.#writeStatus(deploymentStatus(this.#d, { all: this.#all(), newest: this.#newest }, this.#context.now()));
    } else if (this.#d.spec.strategy.type === 'Recreate') this.#recreate();
    else this.#roll();
  }

  #all(): readonly ReplicaSet[] {
    return this.#newest === undefined ? this.#old : [...this.#old, this.#newest];
  }

  #roll(): void {
    const newest = this.#takeNewest('make it');
    if (newest === undefined) return;
    const size =
      newest.spec.replicas > this.#d.spec.replicas
        ? this.#d.spec.replicas
        : newReplicas(this.#d, this.#all(), newest.spec.replicas);
    if (!this.#resize({ set: newest, replicas: size })) {
      let shrunk = false;
      for (const resize of shrinkOld(this.#d, newest, this.#old)) shrunk = this.#resize(resize) || shrunk;
      if (!shrunk && isComplete(this.#d, this.#d.status)) this.#forgetOldRevisions();
    }
    this.#writeRolloutStatus();
  }

  #recreate(): void {
    this.#takeNewest('only when it exists');
    let shrunk = false;
    for (const set of active(this.#old)) shrunk = this.#resize({ set, replicas: 0 }) || shrunk;
    if (!shrunk && !this.#oldPodsRun()) {
      const newest = this.#takeNewest('make it');
      if (newest === undefined) return;
      this.#resize({ set: newest, replicas: this.#d.spec.replicas });
      if (isComplete(this.#d, this.#d.status)) this.#forgetOldRevisions();
    }
    this.#writeRolloutStatus();
  }

  #oldPodsRun(): boolean {
    return this.#old.some((set) => this.#context.ownedBy(PODS, uidOf(set)).some((pod) => !isPodFinished(pod)));
  }

  /** `spec.replicas` differs from what the ReplicaSets were last sized for. */
  #isScaled(): boolean {
    return active(this.#all()).some((set) => {
      const desired = set.metadata.annotations?.[DESIRED_ANNOTATION];
      return desired !== undefined && Number(desired) !== this.#d.spec.replicas;
    });
  }

  #notePause(): void {
    if (!hasProgressDeadline(this.#d)) return;
    const condition = conditionOf(this.#d.status?.conditions, 'Progressing');
    if (condition?.reason === 'ProgressDeadlineExceeded') return;
    const noted = condition?.reason === 'DeploymentPaused';
    if (this.#d.spec.paused === true && !noted)
      this.#setProgressing({ status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' });
    else if (this.#d.spec.paused !== true && noted)
      this.#setProgressing({ status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' });
  }

  #setProgressing(text: Omit<ConditionText, 'type'>): void {
    const conditions = setCondition(
      this.#d.status?.conditions ?? [],
      { type: 'Progressing', ...text },
      this.#context.now(),
    );
    this.#writeStatus({ ...this.#d.status, conditions });
  }

  #takeNewest(mode: 'make it' | 'only when it exists'): ReplicaSet | undefined {
    const revision = maxRevision(this.#old) + 1;
    if (this.#newest === undefined) {
      if (mode === 'make it') this.#makeNewest(revision);
      return this.#newest;
    }
    const set = this.#newest;
    const annotations = newestAnnotations(this.#d, set, revision);
    const minReadySeconds = this.#d.spec.minReadySeconds ?? 0;
    if (
      !equalJson(annotations, set.metadata.annotations ?? {}) ||
      (set.spec.minReadySeconds ?? 0) !== minReadySeconds
    ) {
      this.#newest = this.#context.modify(REPLICA_SETS, set, (draft) => {
        annotate(draft, annotations);
        if (minReadySeconds > 0) draft['spec'].minReadySeconds = minReadySeconds;
        else delete draft['spec'].minReadySeconds;
        return draft;
      });
    }
    if (this.#newest !== undefined) this.#noteRevision(this.#newest);
    if (hasProgressDeadline(this.#d) && conditionOf(this.#d.status?.conditions, 'Progressing') === undefined)
      this.#setProgressing({
        status: 'True',
        reason: 'FoundNewReplicaSet',
        message: `Found new replica set "${set.metadata.name}"`,
      });
    return this.#newest;
  }

  #makeNewest(revision: number): void {
    const d = this.#d;
    const hash = hashOf(d.spec.template, d.status?.collisionCount ?? 0);
    const labels = { ...d.spec.template.metadata?.labels, [HASH_LABEL]: hash };
    const replicas = newReplicas(d, this.#all(), 0);
    const name = `${d.metadata.name}-${hash}`;
    const spec: Record<string, unknown> = {
      replicas,
      selector: { ...d.spec.selector, matchLabels: { ...d.spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...d.spec.template, metadata: { ...d.spec.template.metadata, labels } },
    };
    if ((d.spec.minReadySeconds ?? 0) > 0) spec['minReadySeconds'] = d.spec.minReadySeconds;
    try {
      this.#newest = this.#context.create<ReplicaSet>(REPLICA_SETS, {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name,
          namespace: d.metadata.namespace ?? '',
          labels,
          annotations: newestAnnotations(d, undefined, revision),
          ownerReferences: [controllerRef(DEPLOYMENTS, d)],
        },
        spec,
      });
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
      if (isApiError(cause, 'AlreadyExists') && this.#countCollision(name)) return;
      if (hasProgressDeadline(d)) {
        const message = `Failed to create new replica set "${name}": ${cause.message}`;
        this.#setProgressing({ status: 'False', reason: 'FailedCreate', message });
      }
      throw cause;
    }
    if (replicas > 0)
      this.#events.normal(d, 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`);
    this.#noteRevision(this.#newest);
    if (hasProgressDeadline(d))
      this.#setProgressing({
        status: 'True',
        reason: 'NewReplicaSetCreated',
        message: `Created new replica set "${name}"`,
      });
  }

  /**
   * Another template (or another owner) holds the name: the next hash will differ. False when the name is ours after
   * all.
   */
  #countCollision(name: string): boolean {
    const holder = this.#context.get(REPLICA_SETS, { namespace: this.#d.metadata.namespace ?? '', name });
    const ours = holder !== undefined && controllerOf(holder)?.uid === this.#d.metadata.uid;
    if (ours && sameTemplate(holder.spec.template, this.#d.spec.template)) return false;
    this.#writeStatus({ ...this.#d.status, collisionCount: (this.#d.status?.collisionCount ?? 0) + 1 });
    return true;
  }

  #noteRevision(set: ReplicaSet): void {
    const revision = set.metadata.annotations?.[REVISION];
    if (revision === undefined || this.#d.metadata.annotations?.[REVISION] === revision) return;
    // By way of the status: an annotation that changes with the spec's endpoint would count as a new generation.
    this.#d =
      this.#context.modifyStatus(DEPLOYMENTS, this.#d, (draft) => {
        annotate(draft, { [REVISION]: revision });
        return draft;
      }) ?? this.#d;
  }

  /** Returns whether the size changed; the annotations are brought up to date either way. */
  #resize({ set, replicas }: Resize): boolean {
    const annotations = replicaAnnotations(this.#d);
    const stale = Object.entries(annotations).some(([key, value]) => set.metadata.annotations?.[key] !== value);
    const before = set.spec.replicas;
    if (before === replicas && !stale) return false;
    const updated = this.#context.modify(REPLICA_SETS, set, (draft) => {
      draft['spec'].replicas = replicas;
      annotate(draft, annotations);
      return draft;
    });
    if (updated === undefined) return false;
    if (this.#newest?.metadata.uid === set.metadata.uid) this.#newest = updated;
    else this.#old = this.#old.map((old) => (old.metadata.uid === set.metadata.uid ? updated : old));
    if (before === replicas) return false;
    const direction = replicas > before ? 'up' : 'down';
    this.#events.normal(
      this.#d,
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
    );
    return true;
  }

  #forgetOldRevisions(): void {
    if (!hasHistoryLimit(this.#d)) return;
    const kept = this.#old.filter((set) => set.metadata.deletionTimestamp === undefined);
    const surplus = kept.length - (this.#d.spec.revisionHistoryLimit ?? 0);
    if (surplus <= 0) return;
    for (const set of kept.sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b)).slice(0, surplus)) {
      const idle = set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0;
      if (idle && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0))
        removeExactly(this.#context, REPLICA_SETS, set);
    }
  }

  #writeRolloutStatus(): void {
    this.#writeStatus(rolloutStatus(this.#d, { all: this.#all(), newest: this.#newest }, this.#context.now()));
  }

  #writeStatus(status: DeploymentStatus): void {
    if (equalJson(status, this.#d.status ?? {})) return;
    this.#d = this.#context.modifyStatus(DEPLOYMENTS, this.#d, (draft) => ({ ...draft, status })) ?? this.#d;
  }
}
