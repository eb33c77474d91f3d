/**
 * The log of what was committed, over all collections and in the order of resource versions: for checkers, which ask
 * after a run what each client wrote and in which order. It is no part of the API: compaction leaves it alone.
 */
import { assert } from '../../std/assert.ts';
import type { Change } from './cluster.ts';

/** The request that led to a commit. */
export interface CommitRequest {
  /** The name of the user, the impersonated one where there is one. */
  readonly user: string;
  /** The User-Agent header as it was sent; empty where there was none. */
  readonly agent: string;
  /** Kubernetes' verb: `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  /** Without the query: `/api/v1/namespaces/default/pods/web-0/eviction`. */
  readonly path: string;
}

/** `object` and `old` are as the store has them: in the version that Kubernetes stores. Frozen and shared. */
export interface Commit extends Change {
  readonly resourceVersion: string;
  /** Milliseconds since the epoch, by the cluster's clock. */
  readonly at: number;
  /**
   * Absent where no request did it, but a part of the cluster (controller, scheduler, kubelet) or a caller of
   * `sandbox.cluster`.
   */
  readonly by?: CommitRequest;
}

/**
 * As many as one collection's own log keeps (store.ts). Most of the objects that this log holds are held by those logs,
 * too, so that the log adds about 3 MB. A busy cluster of 100 writes a second fills it in five minutes: who runs longer
 * asks on the way.
 */
const COMMITS_KEPT = 32_768;
/** The log is cut back in steps, so that cutting costs nothing per write. */
const SLACK = 4_096;

export class CommitLog {
  readonly #now: () => number;
  #commits: Commit[] = [];
  /** Commits up to and including this resource version are no longer kept. */
  #cutAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  record(change: Change, by: CommitRequest | undefined): void {
    const { type, object, old } = change;
    const { resourceVersion } = object.metadata;
    assert(resourceVersion !== undefined, 'the store stamps every object that it commits');
    this.#commits.push({
      type,
      object,
      ...(old ? { old } : {}),
      resourceVersion,
      at: this.#now(),
      ...(by ? { by } : {}),
    });
    if (this.#commits.length <= COMMITS_KEPT + SLACK) return;
    const gone = this.#commits.splice(0, this.#commits.length - COMMITS_KEPT);
    this.#cutAt = Number(gone.at(-1)?.resourceVersion);
  }

  /**
   * Those after a resource version, oldest first; all of them without one. Throws a RangeError when some of these are
   * no longer kept: a checker must not take a part for the whole.
   */
  after(resourceVersion = '0'): readonly Commit[] {
    const from = Number(resourceVersion);
    if (from < this.#cutAt) {
      throw new RangeError(
        `the log keeps the last ${COMMITS_KEPT} commits, and those up to resource version ${this.#cutAt} are gone: ask for them more often, each time with the last resource version that was seen`,
      );
    }
    return this.#commits.filter((commit) => Number(commit.resourceVersion) > from);
  }
}
