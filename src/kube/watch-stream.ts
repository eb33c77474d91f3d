/** Reads one watch's answer to its end, and ends it when it falls silent. */
import type { Clock } from '../std/clock.ts';
import { discard } from './body.ts';
import { type Codec, CodecError, type WatchFrame } from './codec.ts';
import { sleepUntil } from './deadline.ts';
import { KubeError } from './errors.ts';
import type { Breaks } from '../std/slices.ts';
import type { KubeResponse } from '../shapes/transport.ts';

export interface WatchStream {
  readonly clock: Clock;
  /** Of all streams together: a server that sends much leaves the event loop its turns. */
  readonly breaks: Breaks;
  readonly codec: Codec;
  readonly response: KubeResponse;
  /** For messages: `pods`, and the kind that is not what it should be. */
  readonly resource: string;
  readonly kind: string;
  /**
   * How long it may say nothing. Asked again whenever that time has passed: it changes once an initial state is
   * complete.
   */
  readonly silenceMs: () => number;
  readonly deliver: (frame: WatchFrame) => void;
  /** Aborting it ends the reading; silence aborts it. */
  readonly ended: AbortController;
}

/** Resolves when the server closes the stream; rejects when it breaks, is malformed, falls silent or `ended` aborts. */
export function readWatch(stream: WatchStream): Promise<void> {
  const { clock, ended } = stream;
  let heardAt = clock.monotonic();
  const heard = () => {
    heardAt = clock.monotonic();
    return !ended.signal.aborted;
  };
  return new Promise((resolve, reject) => {
    // Not a race of promises: a body that ignores its signal may hang for ever, and hold nothing of ours but this
    // closure.
    ended.signal.addEventListener('abort', () => reject(ended.signal.reason as Error), { once: true });
    pump(stream, heard).then(resolve, reject);
    const guard = async () => {
      for (;;) {
        const silenceMs = stream.silenceMs();
        const quiet = clock.monotonic() - heardAt;
        if (quiet >= silenceMs) break;
        if (!(await sleepUntil(clock, clock.now() + (silenceMs - quiet), ended.signal))) return;
      }
      const message = `watch of ${stream.resource}: silent for ${stream.silenceMs() / 1000} s`;
      ended.abort(new KubeError(message, { code: 'WatchSilent', delivered: 'yes' }));
    };
    guard().catch(reject);
  });
}

/** The next chunk is asked for when the last one has been dealt with: a slow sink slows the sender down. */
async function pump({ breaks, codec, response, kind, deliver }: WatchStream, heard: () => boolean): Promise<void> {
  const { body } = response;
  const whenHeard = (frame: WatchFrame) => {
    if (heard()) deliver(frame);
  };
  switch (body.form) {
    case 'events':
      for await (const event of body.events) {
        if (!heard()) return;
        whenHeard(codec.frame(event));
      }
      return;
    case 'bytes': {
      const reader = codec.frames(response);
      for await (const chunk of body.chunks) {
        if (!heard()) return;
        breaks.begin();
        reader.push(chunk, whenHeard);
        // Chunks that are there already come before any timer or probe.
        await breaks.due();
      }
      return;
    }
    case 'object':
      await discard(body);
      throw new CodecError(kind, { offset: 0, message: 'a watch was answered with a single object' });
  }
}
