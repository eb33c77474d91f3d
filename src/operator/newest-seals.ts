/**
 * The newest seal of each object that this process has seen. A status with an older one at a later resourceVersion was
 * put back by somebody: it is sealed, and it is not the newest word of the operator.
 *
 * One entry for each object in the cache. After a restart the first status that is seen counts as the newest.
 */
import type { StatusVerdict } from '../core/authority/status-seal.ts';
import type { CacheView } from '../kube/cache.ts';
import { compareResourceVersions } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';

interface Newest {
  readonly turn: number;
  readonly resourceVersion: string | undefined;
}

export class NewestSeals {
  readonly #byUid = new Map<string, Newest>();

  constructor(cache: CacheView) {
    cache.subscribe(({ new: object, old }) => {
      if (object === undefined) this.#byUid.delete(old?.metadata.uid ?? '');
    });
  }

  /** What is to be believed of a status beyond what its own seal says. */
  judge({ metadata }: KubeObject, verdict: StatusVerdict): StatusVerdict {
    const { uid = '', resourceVersion } = metadata;
    const turn = verdict.kind === 'valid' ? verdict.turn : verdict.kind === 'empty' ? 0 : undefined;
    if (turn === undefined) return verdict;
    const newest = this.#byUid.get(uid);
    if (newest === undefined || turn >= newest.turn) {
      if (turn > 0) this.#byUid.set(uid, { turn, resourceVersion });
      return verdict;
    }
    // An older view of the object, as a watch that lags behind shows it, is nobody's doing.
    const later = compareResourceVersions(resourceVersion, newest.resourceVersion) === 1;
    return later ? { kind: 'replayed', turn, newest: newest.turn } : verdict;
  }

  wrote({ metadata }: KubeObject, turn: number): void {
    this.#byUid.set(metadata.uid ?? '', { turn, resourceVersion: metadata.resourceVersion });
  }

  /** The turn of the next status of the object. */
  next({ metadata }: KubeObject): number {
    return (this.#byUid.get(metadata.uid ?? '')?.turn ?? 0) + 1;
  }
}
