/**
 * What plans of one moment read alike: the account's own rights, and the page of nodes. Many workloads that fail
 * together are planned within seconds, and a page of nodes has megabytes.
 */
import type { NodeObject } from '../../core/analysis/objects.ts';
import type { ResourceType } from '../../kube/resource.ts';
import { NODES } from '../../kube/well-known.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { LiveReads } from '../roles.ts';

/** Rights change by the hand of a person. What is read without one is refused by the server all the same. */
const RIGHTS_MS = 60_000;
/** From a plan to its effect it takes about as long. */
const NODES_MS = 5000;
/** Five verbs on kinds in a hundred namespaces. */
const MAX_RIGHTS = 500;
/** Of more nodes than one page has, the others are left out, and absence of room is not concluded. */
const NODE_PAGE = 500;

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const JSON_BODY = { 'content-type': 'application/json' };

export interface NodePage {
  readonly items: readonly NodeObject[];
  readonly continueToken?: string | undefined;
}

export interface RightAsked {
  readonly verb: string;
  readonly type: Pick<ResourceType, 'group' | 'resource'>;
  readonly namespace?: string;
}

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

interface Kept<T> {
  readonly until: Instant;
  readonly answer: Promise<T>;
}

/** Of one account. */
export class SharedSight {
  readonly client: LiveReads['client'];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #rights = new Map<string, Kept<boolean>>();
  #nodes: Kept<NodePage> | undefined;

  constructor(client: LiveReads['client'], clock: Pick<Clock, 'now'>) {
    this.client = client;
    this.#clock = clock;
  }

  /** Where that cannot be asked, reading tells. */
  mayI(asked: RightAsked): Promise<boolean> {
    const { verb, type, namespace = '' } = asked;
    const key = `${verb} ${type.group}/${type.resource} ${namespace}`;
    const known = this.#rights.get(key);
    if (known !== undefined && this.#isFresh(known)) return known.answer;
    const answer = this.#review(asked);
    this.#rights.delete(key);
    this.#rights.set(key, { until: this.#clock.now() + RIGHTS_MS, answer });
    const [oldest] = this.#rights.keys();
    if (this.#rights.size > MAX_RIGHTS && oldest !== undefined) this.#rights.delete(oldest);
    answer.catch(() => this.#rights.delete(key));
    return answer;
  }

  /** `now`: for a plan that changes nodes itself, since another may have changed some a moment ago. */
  nodes(as: 'now' | 'a moment ago'): Promise<NodePage> {
    const known = this.#nodes;
    if (as === 'a moment ago' && known !== undefined && this.#isFresh(known)) return known.answer;
    const answer = this.client.listPage<NodeObject>(NODES, { limit: NODE_PAGE });
    const kept = { until: this.#clock.now() + NODES_MS, answer };
    this.#nodes = kept;
    answer.catch(() => {
      if (this.#nodes === kept) this.#nodes = undefined;
    });
    return answer;
  }

  #isFresh({ until }: Kept<unknown>): boolean {
    const now = this.#clock.now();
    // A clock that was set back makes nothing last longer.
    return now < until && until - now <= RIGHTS_MS;
  }

  async #review({ verb, type: { group, resource }, namespace }: RightAsked): Promise<boolean> {
    const resourceAttributes = { verb, group, resource, ...given({ namespace }) };
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const { status, value } = await this.client.request({
      method: 'POST',
      path: REVIEWS,
      headers: JSON_BODY,
      body: JSON.stringify(review),
    });
    return status !== 201 || (value as Review).status?.allowed === true;
  }
}
