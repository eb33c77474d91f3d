/**
 * Reads for the analysis, past the caches. What may not be read is a gap with its reason, and is not asked for again
 * for a while; what several looks at one namespace need is read once.
 */
import type { Gap } from '../../core/analysis/snapshot.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ListOptions } from '../../kube/client-options.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { type Part, type Read, partOf } from './parts.ts';

export interface PartRead {
  readonly items: readonly KubeObject[];
  readonly gap?: Gap;
}

/** Rights change by the hand of a person; ten minutes later the new ones count. */
const REFUSED_MS = 600_000;
/** Workloads of one namespace break together within seconds. What is older shows them as they were before. */
const SHARED_MS = 30_000;
/** A namespace has a dozen kinds, and half a megabyte of objects at most: of so many namespaces it is kept at once. */
const MAX_SHARED = 100;
/** Half a megabyte of 5 KB each. A namespace with more is looked at in part, and says so. */
const MAX_ITEMS = 100;
/** Why a list shows some: another look would be shown no more. */
const CUT = 'more than are read';

export interface PartReaderConfig {
  /** Of its own, so that decisions never wait in line behind the analysis. */
  readonly client: Pick<KubeClient, 'listPage' | 'find' | 'request'>;
  readonly clock: Pick<Clock, 'now'>;
}

interface PagedRead extends ListOptions {
  readonly most: number;
  readonly signal: AbortSignal;
}

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

export class PartReader {
  readonly #config: PartReaderConfig;
  readonly #refused = new Map<Read, { readonly until: Instant; readonly gap: Gap }>();
  readonly #rights = new Map<Read, { readonly until: Instant; readonly may: Promise<boolean> }>();
  readonly #shared = new Map<string, { readonly until: Instant; readonly read: Promise<PartRead> }>();

  constructor(config: PartReaderConfig) {
    this.#config = config;
  }

  /** All of the kind in the namespace, as they were at most half a minute ago. */
  inNamespace(kind: Read, namespace: string, signal: AbortSignal): Promise<PartRead> {
    const now = this.#config.clock.now();
    const key = `${kind}/${namespace}`;
    const known = this.#shared.get(key);
    if (known !== undefined && now < known.until) return known.read;
    const read = this.list(kind, { namespace, limit: MAX_ITEMS, signal });
    this.#shared.delete(key);
    this.#shared.set(key, { until: now + SHARED_MS, read });
    const [oldest] = this.#shared.keys();
    if (this.#shared.size > MAX_SHARED && oldest !== undefined) this.#shared.delete(oldest);
    // The next look reads what this one could not.
    read.then(
      ({ gap }) => gap !== undefined && gap.why !== CUT && this.#shared.delete(key),
      () => this.#shared.delete(key),
    );
    return read;
  }

  /**
   * Page by page, until there are so many at least; a gap says that there are more. Rejects with the reason of the
   * signal alone.
   */
  pages(kind: Read, { signal, most, ...options }: PagedRead): Promise<PartRead> {
    const { namespace } = options;
    return this.#unlessRefused(kind, { namespace, signal }, async (part) => {
      const items: KubeObject[] = [];
      let token: string | undefined;
      do {
        const page = await this.#config.client.listPage(part, { ...options, signal }, token);
        // Not items.push(...page.items): a server may answer with more than was asked for, and the stack is bounded.
        for (const item of page.items) items.push(item);
        token = page.continueToken;
      } while (token !== undefined && items.length < most);
      return token === undefined ? { items } : { items, gap: gapOf(kind, CUT, namespace) };
    });
  }

  /** One page. Rejects with the reason of the signal alone. */
  list(kind: Read, { signal, ...options }: ListOptions & { readonly signal: AbortSignal }): Promise<PartRead> {
    const { namespace } = options;
    return this.#unlessRefused(kind, { namespace, signal }, async (part) => {
      const { items, continueToken } = await this.#config.client.listPage(part, { ...options, signal });
      return continueToken === undefined ? { items } : { items, gap: gapOf(kind, CUT, namespace) };
    });
  }

  /** Rejects with the reason of the signal alone. */
  one(
    kind: Read,
    at: { readonly namespace?: string | undefined; readonly name: string },
    signal: AbortSignal,
  ): Promise<PartRead> {
    const { namespace, name } = at;
    return this.#unlessRefused(kind, { namespace, signal }, async (part) => {
      const found = await this.#config.client.find(part, namespace === undefined ? { name } : { namespace, name }, {
        signal,
      });
      return { items: found === undefined ? [] : [{ ...found, kind }] };
    });
  }

  /** Of a kind for which not every installation gives a right. Where that cannot be asked, reading tells. */
  #mayRead({ kind, group, resource }: Part, signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#config;
    const known = this.#rights.get(kind);
    if (known !== undefined && clock.now() < known.until) return known.may;
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group, resource, verb: 'list' } },
    };
    const headers = { 'content-type': 'application/json' };
    const may = client.request({ method: 'POST', path: REVIEWS, headers, body: JSON.stringify(body) }, { signal }).then(
      ({ status, value }) => status !== 201 || (value as Review).status?.allowed === true,
      () => true,
    );
    this.#rights.set(kind, { until: clock.now() + REFUSED_MS, may });
    return may;
  }

  async #unlessRefused(
    kind: Read,
    { namespace, signal }: { readonly namespace: string | undefined; readonly signal: AbortSignal },
    read: (part: Part) => Promise<PartRead>,
  ): Promise<PartRead> {
    const part = partOf(kind);
    if (part === undefined) return { items: [], gap: gapOf(kind, 'not read') };
    const { clock } = this.#config;
    const refused = this.#refused.get(kind);
    if (refused !== undefined && clock.now() < refused.until) return { items: [], gap: refused.gap };
    if (part.optIn === true && !(await this.#mayRead(part, signal)))
      return { items: [], gap: gapOf(kind, 'Forbidden') };
    try {
      return await read(part);
    } catch (error) {
      signal.throwIfAborted();
      if (!isKubeError(error)) throw error;
      const gap = gapOf(kind, error.code, namespace);
      // A role holds for the whole cluster, as a rule; where it holds for namespaces alone, the others are read later.
      if (error.code === 'Forbidden')
        this.#refused.set(kind, { until: clock.now() + REFUSED_MS, gap: gapOf(kind, error.code) });
      return { items: [], gap };
    }
  }
}

/** What was asked for and refused stands in the audit log of an API server as an attempt; this question does not. */
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

const gapOf = (kind: Read, why: string, namespace?: string): Gap => ({
  kind,
  why,
  ...(namespace !== undefined && { namespace }),
});
