/**
 * What the clients of model servers fetch with: no redirect is followed, an answer ends at a number of bytes, and what
 * goes wrong on the way has a code. Bodies of errors are not read, since they may say anything.
 */
import { withDeadline } from '../../kube/deadline.ts';
import type { ModelFailure, ModelQuestion, ModelReply } from '../../operator/ports.ts';
import { TransportError } from '../../shapes/transport.ts';
import type { Clock } from '../../std/clock.ts';

export interface ModelSettings {
  readonly url: string;
  readonly model: string;
  /** Prompt and answer together, in tokens. */
  readonly contextTokens: number;
  readonly answerTokens: number;
  /** Below the 300 s in which fetch waits for the first byte. */
  readonly timeoutMs: number;
}

/**
 * 16,384 tokens hold the largest bundle and need some 2 GB beside the weights of a model of 8 billion parameters; an
 * answer has 500. A machine without GPU writes 5 tokens a second.
 */
export const MODEL_DEFAULTS = { contextTokens: 16_384, answerTokens: 1_024, timeoutMs: 240_000 } as const;

/** Each token comes in a message of its own of some 300 bytes; twice as much as all of them. */
const maxBytes = ({ answerTokens }: ModelSettings): number => 65_536 + answerTokens * 600;

/** A token is three or four bytes of English, and two of what reads like a hash. */
const BYTES_PER_TOKEN = 2;

export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelFailure;

  constructor(code: ModelFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface Asking {
  readonly clock: Clock;
  readonly settings: ModelSettings;
  readonly question: ModelQuestion;
  readonly signal: AbortSignal;
}

/** Rejects with the reason of the signal alone: everything else is a failure with its code. */
export async function answered(
  { clock, settings, question, signal }: Asking,
  ask: (exchange: typeof fetch) => Promise<ModelReply>,
): Promise<ModelReply> {
  signal.throwIfAborted();
  const { contextTokens, answerTokens, timeoutMs } = settings;
  const bytes = Buffer.byteLength(question.system + question.prompt);
  const room = (contextTokens - answerTokens) * BYTES_PER_TOKEN;
  if (bytes > room)
    return failed('promptTooLong', `the question has ${bytes} bytes, and ${contextTokens} tokens hold ${room}`);
  try {
    return await withDeadline({ clock, timeoutMs, signal }, (late) => ask(bounded(maxBytes(settings), late)));
  } catch (error) {
    signal.throwIfAborted();
    return failureOf(error, timeoutMs);
  }
}

export const failed = (failure: ModelFailure, message: string): ModelReply => ({ kind: 'failed', failure, message });

function failureOf(error: unknown, timeoutMs: number): ModelReply {
  // The libraries wrap what their fetch threw.
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ModelError) return failed(cause.code, cause.message);
    if (cause instanceof TransportError) return failed('late', `no whole answer within ${timeoutMs / 1000} s`);
    if (cause instanceof SyntaxError || cause instanceof TypeError)
      return failed('garbage', 'the server answered with something else than its protocol has');
  }
  // A message of the server in the middle of its answer, which the libraries throw as it is, or an end without one.
  return failed('brokenOff', 'the server broke its answer off');
}

const bounded =
  (limit: number, signal: AbortSignal): typeof fetch =>
  async (input, init) => {
    const either = init?.signal == null ? signal : AbortSignal.any([signal, init.signal]);
    let response: Response;
    try {
      response = await fetch(input, { ...init, redirect: 'manual', signal: either });
    } catch (error) {
      throw new ModelError('unreachable', 'the server cannot be reached', error);
    }
    const { body, status, headers } = response;
    if (!response.ok) {
      await body?.cancel();
      throw new ModelError(codeOf(status), `the server answered HTTP ${status}`);
    }
    return new Response(body === null ? null : cutOff(body, limit), { status, headers });
  };

function codeOf(status: number): ModelFailure {
  if (status === 404) return 'noSuchModel';
  return status === 429 || status === 502 || status === 503 || status === 504 ? 'overloaded' : 'serverRefused';
}

function cutOff(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await reader.read().catch((error: unknown) => {
        throw new ModelError('brokenOff', 'the connection broke off in the middle of the answer', error);
      });
      if (next.done) return controller.close();
      bytes += next.value.byteLength;
      if (bytes > limit) {
        await reader.cancel();
        throw new ModelError('answerTooLong', `the answer has more than ${limit} bytes`);
      }
      controller.enqueue(next.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
