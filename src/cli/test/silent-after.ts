/** The end of a process as its cluster sees it. */
import type { Transport } from '../../shapes/transport.ts';

/** After the signal nothing is sent and nothing is answered, as for a process that is gone. */
export function silentAfter(inner: Transport, signal: AbortSignal): Transport {
  return {
    send: async (request, requestSignal) => {
      if (signal.aborted) return new Promise(() => undefined);
      const response = await inner.send(
        request,
        requestSignal === undefined ? signal : AbortSignal.any([signal, requestSignal]),
      );
      return signal.aborted ? new Promise(() => undefined) : response;
    },
  };
}
