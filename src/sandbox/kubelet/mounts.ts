/**
 * The volumes of one pod, each tried until it is there. A volume that fails is tried again after a back-off of its own,
 * as the kubelet's volume manager does.
 */
import type { Context } from '../runtime/context.ts';
import { CLAIMS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import type { Volume } from '../runtime/source-shapes.ts';
import { claimNameOf } from '../runtime/volume-claims.ts';
import type { Sources } from './sources.ts';

/** https://pkg.go.dev/k8s.io/kubernetes/pkg/util/goroutinemap/exponentialbackoff: doubled from half a second. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 122_000;

interface Failed {
  readonly dueAt: number;
  readonly delayMs: number;
}

export class Mounts {
  readonly #context: Context;
  readonly #sources: Sources;
  readonly #pending = new Map<string, Failed | undefined>();

  constructor(pod: Pod, { context, sources }: { readonly context: Context; readonly sources: Sources }) {
    this.#context = context;
    this.#sources = sources;
    for (const { name } of pod.spec.volumes ?? []) this.#pending.set(name, undefined);
  }

  get isDone(): boolean {
    return this.#pending.size === 0;
  }

  /** When the next volume is tried again. */
  next(): number | undefined {
    let next: number | undefined;
    for (const failed of this.#pending.values())
      if (failed !== undefined && (next === undefined || failed.dueAt < next)) next = failed.dueAt;
    return next;
  }

  /** Tries what is due. Returns the messages of those that failed, for Events. */
  step(pod: Pod, now: number): readonly string[] {
    const messages: string[] = [];
    for (const volume of pod.spec.volumes ?? []) {
      const before = this.#pending.get(volume.name);
      if (!this.#pending.has(volume.name) || (before !== undefined && before.dueAt > now)) continue;
      const message = this.#trouble(volume, pod);
      if (message === undefined) {
        this.#pending.delete(volume.name);
        continue;
      }
      const delayMs = before === undefined ? FIRST_RETRY_MS : Math.min(LAST_RETRY_MS, before.delayMs * 2);
      this.#pending.set(volume.name, { dueAt: now + delayMs, delayMs });
      messages.push(message);
    }
    return messages;
  }

  #trouble(volume: Volume, pod: Pod): string | undefined {
    const { namespace = '' } = pod.metadata;
    const claimName = claimNameOf(volume, pod);
    if (claimName === undefined) {
      const missing = this.#sources.volume(volume, namespace);
      return missing === undefined ? undefined : `MountVolume.SetUp failed for volume "${volume.name}" : ${missing}`;
    }
    const trouble = this.#claimTrouble(namespace, claimName);
    if (trouble === undefined) return undefined;
    const names = `[${volume.name}]`;
    return (
      `Unable to attach or mount volumes: unmounted volumes=${names}, unattached volumes=[], ` +
      `failed to process volumes=${names}: error processing PVC ${namespace}/${claimName}: ${trouble}`
    );
  }

  /** A pod that the scheduler placed has its claims bound; one that names its node itself may not. */
  #claimTrouble(namespace: string, name: string): string | undefined {
    const claim = this.#context.get(CLAIMS, { namespace, name });
    if (claim === undefined) return `failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`;
    if (claim.status?.phase !== 'Bound') return 'PVC is not bound';
    return undefined;
  }
}
