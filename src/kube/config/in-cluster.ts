/**
 * The credentials of a pod's service account, as mounted by the kubelet.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../std/clock.ts';
import { TransportError } from '../../shapes/transport.ts';
import { type Connection, createAgent } from '../transport/http.ts';

export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Bound tokens live an hour and are replaced at 80 % of it; client-go rereads the file every minute too. */
const TOKEN_FRESH_MS = 60_000;

export interface InClusterConfig {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: string;
  readonly clock: Clock;
  readonly folder?: string;
}

/** Rejects with `CredentialsUnreadable` when the CA or the token is not there. */
export async function inClusterConnection(config: InClusterConfig): Promise<Connection> {
  const { host, port, clock, folder = SERVICE_ACCOUNT_FOLDER } = config;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const ca = await readCredential(join(folder, 'ca.crt'));
  const agent = createAgent(server, { ca });
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  let token = (await readCredential(join(folder, 'token'))).trim();
  let readAt: number | undefined = clock.monotonic();
  return {
    server,
    namespace,
    async credentials() {
      if (readAt === undefined || clock.monotonic() - readAt >= TOKEN_FRESH_MS) {
        token = (await readCredential(join(folder, 'token'))).trim();
        readAt = clock.monotonic();
      }
      return { agent, headers: { authorization: `Bearer ${token}` } };
    },
    invalidate() {
      readAt = undefined;
    },
  };
}

async function readCredential(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TransportError('CredentialsUnreadable', `cannot read ${path}`, { delivered: 'no', cause });
  }
}
