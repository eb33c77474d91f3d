/**
 * The verbs of the Kubernetes API over any transport.
 *
 * Guarantees: every failure is a `KubeError`; a write is sent at most once; a read (GET) is repeated only when the
 * server said so (429, or
 * 503 with Retry-After), at most `MAX_READ_RETRIES` times. Requests wait for a token of the client-side rate limit
 * first. Caveats: results may be frozen and shared (in-process transport): copy before changing. The type parameter is
 * the caller's claim about the wire. Errors: `KubeError`, see there; an abort by the caller's signal surfaces as code
 * `Aborted`.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { Clock } from '../std/clock.ts';
import { readBytes, readValue } from './body.ts';
import { sleepUntil, withDeadline } from './deadline.ts';
import { errorOfAnswer, errorOfTransport, KubeError } from './errors.ts';
import { apiVersionOf, type ObjectKey, queryText, type ResourceRef, resourcePath } from './resource.ts';
import { type KubeRequest, type KubeResponse, type Transport, TransportError } from '../shapes/transport.ts';
import { decodeStatus, isProtobuf } from './protobuf/codec.ts';
import { type RateLimit, TokenBucket } from './token-bucket.ts';

export interface WriteOptions {
  /** Validate and admit, commit nothing. */
  readonly dryRun?: 'All' | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page; default 500, as kubectl asks for. */
  readonly limit?: number | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continueToken: string | undefined;
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/**
 * `merge` RFC 7386, `json` RFC 6902, `strategic` by Kubernetes' merge keys, `apply` server-side apply (needs a field
 * manager).
 */
export type PatchType = 'merge' | 'json' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  /** The patch; serialised as JSON (which is YAML enough for `apply`). */
  readonly body: unknown;
  readonly subresource?: string | undefined;
  /** `apply` only: take over fields that others own. */
  readonly force?: 'TakeOwnership' | undefined;
}

export interface DeleteOptions extends Omit<WriteOptions, 'fieldManager' | 'fieldValidation'> {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

export interface SubresourceWrite extends WriteOptions {
  readonly subresource: string;
  readonly body: unknown;
}

export interface RequestObservation {
  readonly method: KubeRequest['method'];
  readonly path: string;
  /** HTTP status, or the error's code when no answer came. */
  readonly outcome: number | string;
  readonly seconds: number;
}

export interface KubeClientConfig {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Default 50 a second, 100 at once (the kubelet's own; client-go's 5/10 starves a busy controller). */
  readonly rateLimit?: RateLimit;
  /**
   * From sending to the whole answer, watches excepted. Default 30 s: half of the API server's own request time-out.
   */
  readonly requestTimeoutMs?: number;
  /** Sent with every write that names none. */
  readonly fieldManager?: string;
  readonly userAgent?: string;
  readonly onRequest?: (seen: RequestObservation) => void;
}

/**
 * Three repeats at a server's usual Retry-After of 1 s outlast a short overload and stay within a request's time-out.
 */
const MAX_READ_RETRIES = 3;
/** A server that wants more patience than this is told to the caller instead. */
const MAX_RETRY_AFTER_MS = 10_000;
const PAGE_LIMIT = 500;

const PATCH_CONTENT_TYPE: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export class KubeClient {
  readonly clock: Clock;
  readonly #config: KubeClientConfig;
  readonly #bucket: TokenBucket;

  constructor(config: KubeClientConfig) {
    this.clock = config.clock;
    this.#config = config;
    this.#bucket = new TokenBucket(config.clock, config.rateLimit ?? { qps: 50, burst: 100 });
  }

  async get<T = KubeObject>(
    type: ResourceRef,
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
    return this.#call<T>({ method: 'GET', path }, options.signal);
  }

  /** Undefined when the object does not exist. */
  async find<T = KubeObject>(
    type: ResourceRef,
    key: ObjectKey,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(type, key, options);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'NotFound') return undefined;
      throw error;
    }
  }

  /** One page. `continueToken` from the page before. */
  async listPage<T = KubeObject>(
    type: ResourceRef & { readonly kind?: string },
    options: ListOptions,
    continueToken?: string,
  ): Promise<ListPage<T>> {
    const list = await this.#call<WireList<T>>(
      { method: 'GET', path: listPath(type, options, continueToken) },
      options.signal,
    );
    if (!Array.isArray(list.items) && list.items !== null && list.items !== undefined) {
      throw new KubeError(`list of ${type.resource}: the answer has no items`, { code: 'Malformed', delivered: 'yes' });
    }
    const kind = type.kind;
    const items = list.items ?? [];
    return {
      // Items of a typed list carry neither kind nor apiVersion.
      items: kind === undefined ? items : items.map((item) => ({ apiVersion: apiVersionOf(type), kind, ...item })),
      resourceVersion: list.metadata?.resourceVersion ?? '',
      continueToken: list.metadata?.continue || undefined,
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
      page = await this.listPage<T>(type, options, page.continueToken);
    }
  }

  async create<T extends KubeObject = KubeObject>(
    type: ResourceRef,
    object: T,
    options: WriteOptions = {},
  ): Promise<T & KubeObject> {
    const path = resourcePath(type, { namespace: object.metadata.namespace }) + this.#writeQuery(options);
    return this.#call<T & KubeObject>(jsonRequest('POST', path, object), options.signal);
  }

  /** POST on a subresource, such as `eviction` or `token`. */
  async createSubresource<T = KubeObject>(type: ResourceRef, key: ObjectKey, options: SubresourceWrite): Promise<T> {
    const path = resourcePath(type, { ...key, subresource: options.subresource }) + this.#writeQuery(options);
    return this.#call<T>(jsonRequest('POST', path, options.body), options.signal);
  }

  /** Replaces. The object's resourceVersion, when given, is the precondition. */
  async update<T extends KubeObject = KubeObject>(
    type: ResourceRef,
    object: T,
    options: WriteOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = resourcePath(type, { namespace, name, subresource: options.subresource }) + this.#writeQuery(options);
    return this.#call<T>(jsonRequest('PUT', path, object), options.signal);
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
    return this.#call<T>(
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
    return this.#call<T>(jsonRequest('DELETE', resourcePath(type, key), body), options.signal);
  }

  /** Any request, as it is; the decoded answer whatever its status. Throws only when no answer came. */
  async request(
    request: KubeRequest,
    signal?: AbortSignal,
  ): Promise<{ readonly status: number; readonly headers: KubeResponse['headers']; readonly value: unknown }> {
    const what = `${request.method} ${request.path}`;
    const started = this.clock.monotonic();
    let outcome: number | string = 'Aborted';
    let answered: number | undefined;
    try {
      await this.#bucket.take(signal);
    } catch (cause) {
      throw new KubeError(`${what}: aborted before it was sent`, { code: 'Aborted', delivered: 'no', cause });
    }
    try {
      return await withDeadline(
        { clock: this.clock, timeoutMs: this.#config.requestTimeoutMs ?? 30_000, signal },
        async (inner) => {
          const response = await this.#config.transport.send(this.#withHeaders(request), inner);
          answered = response.status;
          outcome = response.status;
          return { status: response.status, headers: response.headers, value: await readValue(response.body) };
        },
      );
    } catch (cause) {
      const error = errorOfTransport(signal?.aborted ? abortedError(cause) : cause, what);
      outcome = error.code;
      // The status line came, its body did not: a 2xx has been committed, whatever broke after it.
      if (answered !== undefined && answered < 300)
        throw new KubeError(error.message, { code: error.code, delivered: 'yes', status: answered, cause });
      if (answered !== undefined && answered < 500)
        throw new KubeError(error.message, { code: error.code, delivered: 'no', status: answered, cause });
      throw error;
    } finally {
      this.#config.onRequest?.({
        method: request.method,
        path: request.path,
        outcome,
        seconds: (this.clock.monotonic() - started) / 1000,
      });
    }
  }

  /**
   * Opens an answer whose body the caller reads: lists with a codec of their own, watches. Throws a `KubeError` for any
   * status but 2xx. `timeoutMs` bounds the wait for the answer's head, not the body.
   */
  async open(
    request: KubeRequest,
    options: { readonly signal: AbortSignal; readonly timeoutMs?: number },
  ): Promise<KubeResponse> {
    const what = `${request.method} ${request.path}`;
    try {
      await this.#bucket.take(options.signal);
      const timeoutMs = options.timeoutMs ?? this.#config.requestTimeoutMs ?? 30_000;
      const head = new AbortController();
      const forward = () => head.abort(options.signal.reason);
      options.signal.addEventListener('abort', forward, { once: true });
      // The body lives on after the head's deadline is called off: only the caller's signal, or the deadline before the
      // head, ends it.
      const response = await withDeadline({ clock: this.clock, timeoutMs, signal: options.signal }, (inner) => {
        inner.addEventListener('abort', () => head.abort(inner.reason), { once: true });
        return this.#config.transport.send(this.#withHeaders(request), head.signal);
      });
      if (response.status < 300) return response;
      const body = await withDeadline({ clock: this.clock, timeoutMs, signal: options.signal }, () =>
        refusalOf(response),
      );
      throw errorOfAnswer({ status: response.status, body, retryAfter: response.headers['retry-after'], what });
    } catch (error) {
      throw errorOfTransport(error, what);
    }
  }

  async #call<T>(request: KubeRequest, signal: AbortSignal | undefined): Promise<T> {
    for (let retries = 0; ; retries++) {
      const answer = await this.request(request, signal);
      const what = `${request.method} ${request.path}`;
      if (answer.status >= 200 && answer.status < 300) {
        if (typeof answer.value === 'object' && answer.value !== null) return answer.value as T;
        throw new KubeError(`${what}: the answer is not JSON`, {
          code: 'Malformed',
          delivered: 'yes',
          status: answer.status,
        });
      }
      const error = errorOfAnswer({
        status: answer.status,
        body: answer.value,
        retryAfter: answer.headers['retry-after'],
        what,
      });
      const waitMs = error.retryAfterMs;
      const mayRepeat =
        request.method === 'GET' && (answer.status === 429 || answer.status === 503) && retries < MAX_READ_RETRIES;
      if (!mayRepeat || waitMs === undefined || waitMs > MAX_RETRY_AFTER_MS) throw error;
      await sleepUntil(this.clock, this.clock.now() + waitMs, signal ?? new AbortController().signal);
      if (signal?.aborted) throw error;
    }
  }

  #withHeaders(request: KubeRequest): KubeRequest {
    const headers = {
      accept: 'application/json',
      'user-agent': this.#config.userAgent ?? 'kubeskippy',
      ...request.headers,
    };
    return { ...request, headers };
  }

  #writeQuery(options: WriteOptions, extra: Readonly<Record<string, string>> = {}): string {
    return queryText({
      dryRun: options.dryRun,
      fieldManager: options.fieldManager ?? this.#config.fieldManager,
      fieldValidation: options.fieldValidation,
      ...extra,
    });
  }
}

/** A refusal comes in the encoding that was asked for. */
async function refusalOf(response: KubeResponse): Promise<unknown> {
  if (response.body.form === 'bytes' && isProtobuf(response))
    return decodeStatus(await readBytes(response.body.chunks));
  return readValue(response.body);
}

interface WireList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** Path and query of one page of a list. */
export function listPath(type: ResourceRef, options: ListOptions, continueToken?: string): string {
  const first = continueToken === undefined;
  const query = queryText({
    limit: options.limit ?? PAGE_LIMIT,
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

/** The caller gave up. What had been sent by then is unknown. */
function abortedError(cause: unknown): TransportError {
  const delivered = cause instanceof TransportError ? cause.delivered : 'maybe';
  return new TransportError('Aborted', 'aborted by the caller', { delivered, cause });
}
