/** Which rule of a pod's script applies to a run of a container. */
import { matchesGlob } from '../../std/glob.ts';
import { type Context, controllerOf } from '../runtime/context.ts';
import {
  CONTROLLER_REVISIONS,
  DAEMON_SETS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import {
  type Behaviour,
  HEALTHY,
  parseScript,
  SCRIPT_ANNOTATION,
  type Script,
  ScriptError,
  type When,
} from './script.ts';

/** Texts of scripts kept parsed: a cluster has few different ones, each on many pods. */
const CACHED_SCRIPTS = 1000;

export interface Run {
  readonly pod: Pod;
  readonly container: string;
  readonly restarts: number;
}

export class Behaviours {
  readonly #context: Context;
  readonly #scripts = new Map<string, Script | ScriptError>();
  /** The how manyth pod of its workload a scripted pod is, by pod uid; and how many each workload has had. */
  readonly #ordinals = new Map<string, number>();
  readonly #counts = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
    context.watch(PODS, ({ type, object }) => {
      if (type === 'ADDED') this.#count(object);
      else if (type === 'DELETED') this.#ordinals.delete(object.metadata.uid ?? '');
    });
    for (const kind of [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS])
      context.watch(kind, ({ type, object }) => {
        if (type === 'DELETED') this.#counts.delete(object.metadata.uid ?? '');
      });
  }

  /** Throws a ScriptError when the pod's script is not one. */
  of(run: Run): Behaviour {
    const text = run.pod.metadata.annotations?.[SCRIPT_ANNOTATION];
    if (text === undefined) return HEALTHY;
    for (const rule of this.#parsed(text)) if (this.#holds(rule.when, run)) return rule.behaviour;
    return HEALTHY;
  }

  #parsed(text: string): Script {
    let script = this.#scripts.get(text);
    if (script === undefined) {
      try {
        script = parseScript(text);
      } catch (cause) {
        if (!(cause instanceof ScriptError)) throw cause;
        script = cause;
      }
      if (this.#scripts.size >= CACHED_SCRIPTS) this.#scripts.clear();
      this.#scripts.set(text, script);
    }
    if (script instanceof ScriptError) throw script;
    return script;
  }

  #holds(when: When, { pod, container, restarts }: Run): boolean {
    return (
      (when.container === undefined || matchesGlob(when.container, container)) &&
      (when.name === undefined || matchesGlob(when.name, pod.metadata.name)) &&
      (when.node === undefined || matchesGlob(when.node, pod.spec.nodeName ?? '')) &&
      (when.restarts === undefined || when.restarts(restarts)) &&
      (when.pod === undefined || when.pod(this.#ordinals.get(pod.metadata.uid ?? '') ?? 1)) &&
      (when.revision === undefined || when.revision(this.#revision(pod)))
    );
  }

  #count(pod: Pod): void {
    if (pod.metadata.annotations?.[SCRIPT_ANNOTATION] === undefined) return;
    const workload = this.#workload(pod);
    if (workload === undefined) return;
    const ordinal = (this.#counts.get(workload) ?? 0) + 1;
    this.#counts.set(workload, ordinal);
    this.#ordinals.set(pod.metadata.uid ?? '', ordinal);
  }

  /** The uid of the Deployment above a ReplicaSet's pod, of the controller otherwise. */
  #workload(pod: Pod): string | undefined {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return owner?.uid;
    const set = this.#context.get(REPLICA_SETS, { namespace: pod.metadata.namespace ?? '', name: owner.name });
    return (set === undefined ? undefined : controllerOf(set)?.uid) ?? owner.uid;
  }

  #revision(pod: Pod): number {
    const owner = controllerOf(pod);
    const namespace = pod.metadata.namespace ?? '';
    if (owner?.kind === 'ReplicaSet') {
      const set = this.#context.get(REPLICA_SETS, { namespace, name: owner.name });
      return Number(set?.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 1);
    }
    const hash = pod.metadata.labels?.['controller-revision-hash'];
    if (owner === undefined || hash === undefined) return 1;
    // StatefulSets label their pods with the revision's name, DaemonSets with the hash alone.
    const name = owner.kind === 'DaemonSet' ? `${owner.name}-${hash}` : hash;
    return this.#context.get(CONTROLLER_REVISIONS, { namespace, name })?.revision ?? 1;
  }
}
