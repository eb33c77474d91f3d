/** The sandbox without a socket: a Transport that calls the server directly. Objects are shared, not serialised. */
import type { KubeRequest, KubeResponse, Transport } from '../shapes/transport.ts';
import type { UserInfo } from './machinery/identity.ts';
import type { ApiServer } from './apiserver/server.ts';

/** With `user` requests need no credentials; without it their headers decide. */
export function inProcessTransport(server: ApiServer, user?: UserInfo): Transport {
  return {
    send: async (request: KubeRequest, signal?: AbortSignal): Promise<KubeResponse> => {
      signal?.throwIfAborted();
      // An answer is never given in the turn of the question, as over any wire.
      await Promise.resolve();
      return server.handle(user ? { ...request, user } : request, signal);
    },
  };
}
