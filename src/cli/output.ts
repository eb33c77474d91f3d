/**
 * How the standard streams end. A pipe holds 64 KiB; what is written beyond that waits in this process until the
 * reader has read, and is lost when the process exits before.
 */
import type { Writable } from 'node:stream';

/** 128 and the number of SIGPIPE, as shells report a program that the signal ended. */
export const READER_GONE_STATUS = 141;

/** `kubeskippy install -o yaml | head`: the reader had enough and closed the pipe. */
export const isReaderGone = (reason: unknown): boolean =>
  reason instanceof Error && 'code' in reason && reason.code === 'EPIPE';

/** Resolves when everything written so far has left the process, or cannot leave it any more. */
export const flushed = (stream: Writable): Promise<void> => new Promise((resolve) => stream.write('', () => resolve()));
