/** From flags to a client of the API server that answers. */
import { COMPONENT } from '../api/names.ts';
import { KubeClient } from '../kube/client.ts';
import { ServerClock } from '../kube/server-clock.ts';
import type { Transport } from '../shapes/transport.ts';
import type { Clock } from '../std/clock.ts';
import { checkServer, connect, type ConnectOptions } from './connect.ts';
import type { CliEnvironment } from './environment.ts';

export interface ClusterClient {
  readonly client: KubeClient;
  readonly transport: Transport;
  /** Times in the cluster are compared with the API server's, whatever the clock of this machine says. */
  readonly serverClock: Clock;
}

/** Rejects with a CliError when the server does not answer or refuses the credentials. */
export async function clusterClient(options: ConnectOptions, environment: CliEnvironment): Promise<ClusterClient> {
  const { clock, signal } = environment;
  const connected = await connect(options, environment);
  const serverClock = new ServerClock(clock, () => undefined);
  const transport = serverClock.reading(connected.transport);
  const client = new KubeClient({ transport, clock, fieldManager: COMPONENT, userAgent: COMPONENT });
  await checkServer(client, { server: connected.server, signal });
  return { client, transport, serverClock };
}
