/**
 * The verbs of the Kubernetes API over any transport. Guarantees and errors are those of `RequestSender`, which sends
 * what the verbs say.
 *
 * Caveats: results may be frozen and shared (in-process transport): copy before changing. The type parameter is the
 * caller's claim about the wire.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { KubeRequest, KubeResponse } from '../shapes/transport.ts';
import { type Clock, turn } from '../std/clock.ts';
import { Breaks } from '../std/slices.ts';
import type {
  DeleteOptions,
  ListOptions,
  ListPage,
  ObjectList,
  PatchOptions,
  PatchType,
  SubresourceWrite,
  WriteOptions,
} from './client-options.ts';
import { KubeError } from './errors.ts';
import { given } from '../std/given.ts';
import { FIRST_PAGE, nextPageSize } from './page-size.ts';
import {
  type OpenOptions,
  type DecodedResponse,
  type RequestOptions,
  RequestSender,
  type SenderConfig,
} from './request-sender.ts';
import { apiVersionOf, type ObjectKey, queryText, type ResourceRef, resourcePath } from './resource.ts';

const PATCH_CONTENT_TYPE: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface KubeClientConfig extends SenderConfig {
  /** Sent with every write that names none. */
  readonly fieldManager?: string;
}

export class KubeClient {
  /** Between what is read, so that a server which sends much leaves the event loop its turns. */
  readonly breaks: Breaks;
  readonly #sender: RequestSender;
  readonly #fieldManager: string | undefined;
  readonly #config: KubeClientConfig;

  constructor(config: KubeClientConfig, sender = new RequestSender(config)) {
    const { fieldManager } = config;
    this.#config = config;
    this.#sender = sender;
    this.breaks = new Breaks(config.clock, turn);
    this.#fieldManager = fieldManager;
  }

  /**
   * The same client on behalf of another user, whose rights count. The server adds the groups of a ServiceAccount
   * itself: naming them would need the right to impersonate groups, which is much more.
   */
  as(user: string): KubeClient {
    return new KubeClient(this.#config, this.#sender.as(user));
  }

  get clock(): Clock {
    return this.#sender.clock;
  }

  /** @throws KubeError `Malformed` when the answer is another object than the one that was asked for. */
  async get<T = KubeObject>(
    type: ResourceRef & { readonly kind?: string },
    key: ObjectKey,
    options: {
      readonly subresource?: string;
      readonly resourceVersion?: string;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<T> {
    const path =
      resourcePath(type, { ...key, subresource: options.subresource }) +
      queryText({ resourceVersion: options.resourceVersion });
    const answer = await this.#sender.call<T>({ method: 'GET', path }, options.signal);
    const other = otherThan({ ...type, ...key, subresource: options.subresource }, answer as Partial<KubeObject>);
    if (other === undefined) return answer;
    throw new KubeError(`GET ${path}: ${other}`, { code: 'Malformed', delivered: 'yes' });
  }

  /** Undefined when the object does not exist. */
  async find<T = KubeObject>(
    type: ResourceRef & { readonly kind?: string },
    key: ObjectKey,
    options: { readonly subresource?: string; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(type, key, options);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'NotFound') return undefined;
      throw error;
    }
  }

  /**
   * One page. `continueToken` from the page before.
   *
   * @throws KubeError `Malformed` when an item is not of the kind or not in the namespace that was asked for.
   */
  async listPage<T = KubeObject>(
    type: ResourceRef & { readonly kind?: string },
    options: ListOptions,
    continueToken?: string,
  ): Promise<ListPage<T>> {
    const { value, bytes } = await this.#sender.callWhole(
      { method: 'GET', path: listPath(type, options, continueToken) },
      options.signal,
    );
    const list = value as WireList<T>;
    if (!Array.isArray(list.items) && list.items !== null && list.items !== undefined) {
      throw new KubeError(`list of ${type.resource}: the answer has no items`, { code: 'Malformed', delivered: 'yes' });
    }
    const kind = type.kind;
    const items = list.items ?? [];
    for (const item of items) {
      const stranger = strangeItem({ ...type, namespace: options.namespace }, item as Partial<KubeObject>);
      if (stranger !== undefined)
        throw new KubeError(`list of ${type.resource}: ${stranger}`, { code: 'Malformed', delivered: 'yes' });
    }
    return {
      // Items of a typed list carry neither kind nor apiVersion.
      items: kind === undefined ? items : items.map((item) => ({ apiVersion: apiVersionOf(type), kind, ...item })),
      resourceVersion: list.metadata?.resourceVersion ?? '',
      continueToken: list.metadata?.continue || undefined,
      ...given({ bytes }),
    };
  }

  /** All objects, page by page. A 410 in the middle (the snapshot was compacted) throws `Expired`: start again. */
  async list<T = KubeObject>(
    type: ResourceRef & { readonly kind?: string },
    options: ListOptions = {},
  ): Promise<ObjectList<T>> {
    const items: T[] = [];
    let page = await this.listPage<T>(type, options);
    for (;;) {
      // Not items.push(...page): a page of 100,000 arguments overflows the stack.
      for (const item of page.items) items.push(item);
      if (page.continueToken === undefined) return { items, resourceVersion: page.resourceVersion };
      const limit = options.limit ?? nextPageSize(page);
      page = await this.listPage<T>(type, { ...options, limit }, page.continueToken);
    }
  }

  async create<T extends KubeObject = KubeObject>(
    type: ResourceRef,
    object: T,
    options: WriteOptions = {},
  ): Promise<T & KubeObject> {
    const path = resourcePath(type, { namespace: object.metadata.namespace }) + this.#writeQuery(options);
    return this.#sender.call<T & KubeObject>(jsonRequest('POST', path, object), options.signal);
  }

  /** POST on a subresource, such as `eviction` or `token`. */
  async createSubresource<T = KubeObject>(type: ResourceRef, key: ObjectKey, options: SubresourceWrite): Promise<T> {
    const path = resourcePath(type, { ...key, subresource: options.subresource }) + this.#writeQuery(options);
    return this.#sender.call<T>(jsonRequest('POST', path, options.body), options.signal);
  }

  /** Replaces. The object's resourceVersion, when given, is the precondition. */
  async update<T extends KubeObject = KubeObject>(
    type: ResourceRef,
    object: T,
    options: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = resourcePath(type, { namespace, name, subresource: options.subresource }) + this.#writeQuery(options);
    return this.#sender.call<T>(jsonRequest('PUT', path, object), options.signal);
  }

  async updateStatus<T extends KubeObject = KubeObject>(
    type: ResourceRef,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.update(type, object, { ...options, subresource: 'status' });
  }

  async patch<T = KubeObject>(type: ResourceRef, key: ObjectKey, options: PatchOptions): Promise<T> {
    const force = options.type === 'apply' && options.force !== undefined ? { force: 'true' } : {};
    const path = resourcePath(type, { ...key, subresource: options.subresource }) + this.#writeQuery(options, force);
    const body = JSON.stringify(options.body);
    return this.#sender.call<T>(
      { method: 'PATCH', path, headers: { 'content-type': PATCH_CONTENT_TYPE[options.type] }, body },
      options.signal,
    );
  }

  /** Answers the object when it still exists (graceful deletion, finalizers), else a Status. */
  async delete<T = KubeObject>(type: ResourceRef, key: ObjectKey, options: DeleteOptions = {}): Promise<T> {
    const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy, dryRun } = options;
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions,
      gracePeriodSeconds,
      propagationPolicy,
      dryRun: dryRun && [dryRun],
    };
    return this.#sender.call<T>(jsonRequest('DELETE', resourcePath(type, key), body), options.signal);
  }

  /** Any request, as it is: see `RequestSender`. */
  request(request: KubeRequest, options?: RequestOptions): Promise<DecodedResponse> {
    return this.#sender.request(request, options);
  }

  /** An answer whose body the caller reads: see `RequestSender`. */
  open(request: KubeRequest, options: OpenOptions): Promise<KubeResponse> {
    return this.#sender.open(request, options);
  }

  #writeQuery(options: WriteOptions, extra: Readonly<Record<string, string>> = {}): string {
    return queryText({
      dryRun: options.dryRun,
      fieldManager: options.fieldManager ?? this.#fieldManager,
      fieldValidation: options.fieldValidation,
      ...extra,
    });
  }
}

interface Asked extends ObjectKey {
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly kind?: string;
  /** Of another kind than the object. */
  readonly subresource?: string | undefined;
}

/** How the answer differs from the object that was asked for; undefined when it is that object. */
function otherThan(asked: Asked, { apiVersion, kind, metadata }: Partial<KubeObject>): string | undefined {
  const is = (what: string, got: string | undefined, wanted: string | undefined): string | undefined =>
    got === wanted ? undefined : `the answer has ${what} ${got ?? 'missing'} instead of ${wanted ?? 'none'}`;
  const named =
    is('name', metadata?.name, asked.name) ??
    (asked.namespaced ? is('namespace', metadata?.namespace, asked.namespace) : undefined);
  if (named !== undefined || asked.subresource !== undefined) return named;
  const isKind = asked.kind === undefined ? undefined : is('kind', kind, asked.kind);
  return isKind ?? is('apiVersion', apiVersion, apiVersionOf(asked));
}

/**
 * Why an object does not belong into a list or watch of this kind and namespace; undefined when it does. Items of a
 * typed list may carry neither kind nor apiVersion.
 */
export function strangeItem(
  asked: Pick<Asked, 'kind' | 'namespaced'> & { readonly namespace?: string | undefined },
  { kind, metadata }: Partial<KubeObject>,
): string | undefined {
  const name = metadata?.name ?? '';
  if (asked.kind !== undefined && kind !== undefined && kind !== asked.kind)
    return `item ${name} has kind ${kind} instead of ${asked.kind}`;
  const wanted = asked.namespaced ? asked.namespace || metadata?.namespace : undefined;
  if (metadata?.namespace === wanted) return undefined;
  return `item ${name} has namespace ${metadata?.namespace ?? 'missing'} instead of ${wanted ?? 'none'}`;
}

interface WireList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** Path and query of one page of a list. */
export function listPath(type: ResourceRef, options: ListOptions, continueToken?: string): string {
  const first = continueToken === undefined;
  const query = queryText({
    limit: options.limit ?? FIRST_PAGE,
    labelSelector: options.labelSelector || undefined,
    fieldSelector: options.fieldSelector || undefined,
    continue: continueToken,
    // A continued list must not name a version: the token does.
    resourceVersion: first ? options.resourceVersion : undefined,
    resourceVersionMatch: first ? options.resourceVersionMatch : undefined,
  });
  return resourcePath(type, { namespace: options.namespace }) + query;
}

function jsonRequest(method: KubeRequest['method'], path: string, value: unknown): KubeRequest {
  return { method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
