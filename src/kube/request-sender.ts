/**
 * Sends single requests over a transport, within the client-side rate limit and a time-out.
 *
 * Guarantees: every failure is a `KubeError`; a write is sent at most once; a read (GET) is repeated only when the
 * server said so (429, or 503 with Retry-After), at most `MAX_READ_RETRIES` times. An abort by the caller's signal
 * surfaces as code `Aborted`.
 */
import { given } from '../std/given.ts';
import type { Clock } from '../std/clock.ts';
import { type KubeRequest, type KubeResponse, type Transport, TransportError } from '../shapes/transport.ts';
import { readBytes, readValue } from './body.ts';
import { sleepUntil, withDeadline } from './deadline.ts';
import { errorOfAnswer, errorOfTransport, KubeError } from './errors.ts';
import { decodeStatus, isProtobuf } from './protobuf/codec.ts';
import { type RateLimit, TokenBucket } from './token-bucket.ts';

export interface RequestObservation {
  readonly method: KubeRequest['method'];
  readonly path: string;
  /** HTTP status, or the error's code when no answer came. */
  readonly outcome: number | string;
  readonly seconds: number;
}

export interface DecodedResponse {
  readonly status: number;
  readonly headers: KubeResponse['headers'];
  /** Decoded. */
  readonly value: unknown;
  /** Of the body, where it came as bytes. */
  readonly bytes?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Asked last, when the rate limit lets the request go: false keeps it back, with code `NotSent`. */
  readonly mayStart?: () => boolean;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** Bounds the wait for the answer's head, not the body. */
  readonly timeoutMs?: number;
}

export interface SenderConfig {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Default 50 a second, 100 at once (the kubelet's own; client-go's 5/10 starves a busy controller). */
  readonly rateLimit?: RateLimit;
  /**
   * From sending to the whole answer, watches excepted. Default 30 s: half of the API server's own request time-out.
   */
  readonly requestTimeoutMs?: number;
  readonly userAgent?: string;
  readonly onRequest?: (seen: RequestObservation) => void;
  /**
   * Sent with every request. `impersonate-user` makes the server judge it by the rights of that user:
   * https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
   */
  readonly headers?: KubeRequest['headers'];
}

/**
 * Three repeats at a server's usual Retry-After of 1 s outlast a short overload and stay within a request's time-out.
 */
const MAX_READ_RETRIES = 3;
/** A server that wants more patience than this is told to the caller instead. */
const MAX_RETRY_AFTER_MS = 10_000;

export class RequestSender {
  readonly clock: Clock;
  readonly #config: SenderConfig;
  readonly #bucket: TokenBucket;

  /** `bucket`: of another sender, whose limit both keep together. */
  constructor(config: SenderConfig, bucket?: TokenBucket) {
    this.clock = config.clock;
    this.#config = config;
    this.#bucket = bucket ?? new TokenBucket(config.clock, config.rateLimit ?? { qps: 50, burst: 100 });
  }

  /** The same requests on behalf of another user, within the same rate limit. */
  as(user: string): RequestSender {
    const headers = { ...this.#config.headers, 'impersonate-user': user };
    return new RequestSender({ ...this.#config, headers }, this.#bucket);
  }

  /**
   * Any request, as it is; the decoded answer whatever its status. Throws only when no answer came. The wait for the
   * rate limit is bounded by the time-out too.
   */
  async request(request: KubeRequest, { signal, mayStart }: RequestOptions = {}): Promise<DecodedResponse> {
    const what = `${request.method} ${request.path}`;
    const started = this.clock.monotonic();
    let outcome: number | string = 'Aborted';
    let answered: number | undefined;
    await this.#turn(what, signal);
    if (mayStart?.() === false)
      throw new KubeError(`${what}: not sent, since this process does not lead any more`, {
        code: 'NotSent',
        delivered: 'no',
      });
    try {
      return await withDeadline(
        { clock: this.clock, timeoutMs: this.#config.requestTimeoutMs ?? 30_000, signal },
        async (inner) => {
          const response = await this.#config.transport.send(this.#withHeaders(request), inner);
          answered = response.status;
          outcome = response.status;
          return { status: response.status, headers: response.headers, ...(await readValue(response.body)) };
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
      this.#observe(request, outcome, started);
    }
  }

  #observe({ method, path }: KubeRequest, outcome: number | string, started: number): void {
    const seconds = (this.clock.monotonic() - started) / 1000;
    this.#config.onRequest?.({ method, path, outcome, seconds });
  }

  /** Waits for the rate limit. */
  async #turn(what: string, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted !== true && this.#bucket.tryTake()) return;
    const timeoutMs = this.#config.requestTimeoutMs ?? 30_000;
    try {
      await withDeadline({ clock: this.clock, timeoutMs, signal }, (inner) => this.#bucket.take(inner));
    } catch (cause) {
      const [code, why] = signal?.aborted
        ? (['Aborted', 'aborted'] as const)
        : (['Timeout', 'its turn did not come'] as const);
      throw new KubeError(`${what}: ${why} before it was sent`, { code, delivered: 'no', cause });
    }
  }

  /**
   * Opens an answer whose body the caller reads: lists with a codec of their own, watches. Throws a `KubeError` for any
   * status but 2xx.
   */
  async open(request: KubeRequest, options: OpenOptions): Promise<KubeResponse> {
    const what = `${request.method} ${request.path}`;
    const started = this.clock.monotonic();
    let outcome: number | string = 'Aborted';
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
      outcome = response.status;
      if (response.status < 300) return response;
      const body = await withDeadline({ clock: this.clock, timeoutMs, signal: options.signal }, () =>
        refusalOf(response),
      );
      throw errorOfAnswer({ status: response.status, body, retryAfter: response.headers['retry-after'], what });
    } catch (error) {
      const known = errorOfTransport(error, what);
      if (typeof outcome === 'string') outcome = known.code;
      throw known;
    } finally {
      this.#observe(request, outcome, started);
    }
  }

  /** The answer to a request that must succeed: an object. */
  async call<T>(request: KubeRequest, signal: AbortSignal | undefined): Promise<T> {
    return (await this.callWhole(request, signal)).value as T;
  }

  /** The same, with the size of the answer. */
  async callWhole(
    request: KubeRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly value: unknown; readonly bytes?: number }> {
    for (let retries = 0; ; retries++) {
      const answer = await this.request(request, { signal });
      const what = `${request.method} ${request.path}`;
      if (answer.status >= 200 && answer.status < 300) {
        const { value, bytes } = answer;
        if (typeof value === 'object' && value !== null) return { value, ...given({ bytes }) };
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
      ...this.#config.headers,
    };
    return { ...request, headers };
  }
}

/** A refusal comes in the encoding that was asked for. */
async function refusalOf(response: KubeResponse): Promise<unknown> {
  if (response.body.form === 'bytes' && isProtobuf(response))
    return decodeStatus(await readBytes(response.body.chunks));
  return (await readValue(response.body)).value;
}

/** The caller gave up. What had been sent by then is unknown. */
function abortedError(cause: unknown): TransportError {
  const delivered = cause instanceof TransportError ? cause.delivered : 'maybe';
  return new TransportError('Aborted', 'aborted by the caller', { delivered, cause });
}
