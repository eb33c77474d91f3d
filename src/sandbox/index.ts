/**
 * An embedded Kubernetes cluster: API server, controllers, scheduler and kubelets in this process, on an injected
 * clock.
 */
import type { Transport } from '../shapes/transport.ts';
import type { Clock } from '../std/clock.ts';
import { Prng } from '../std/prng.ts';
import type { AccessConfig } from './access/access-control.ts';
import { accountRef } from './access/tokens.ts';
import type { Component } from './admission/unattended.ts';
import type { UserInfo } from './machinery/identity.ts';
import { ApiServer } from './apiserver/server.ts';
import { catalogOf } from './catalog.ts';
import type { Commit } from './machinery/commits.ts';
import type { Cluster } from './machinery/cluster.ts';
import { startControllers } from './controllers/index.ts';
import { standardClass, startVolumeProvisioner } from './controllers/volume-provisioner.ts';
import { serveExposition } from './exposition/index.ts';
import { type HttpOptions, type HttpServer, serveHttp } from './http.ts';
import { Kubelets } from './kubelet/kubelet.ts';
import { serveKubelets } from './kubelet/kubelet-api.ts';
import type { NodeShape } from './kubelet/node-objects.ts';
import type { OutsideWorld } from './machinery/outside-call.ts';
import { Context } from './runtime/context.ts';
import { STORAGE_CLASSES } from './runtime/resources.ts';
import { startScheduler } from './scheduler/scheduler.ts';
import { inProcessTransport } from './transport.ts';

// What a cluster is made and used with.
export { scaledClock, systemClock, VirtualClock } from '../std/clock.ts';
export { Prng } from '../std/prng.ts';
export type { AccessConfig } from './access/access-control.ts';
export type { HttpOptions, HttpServer, TlsOptions } from './http.ts';
export type {
  CallOutside,
  OutsideRequest,
  OutsideResponse,
  OutsideWorld,
  ServicePort,
} from './machinery/outside-call.ts';
/** Calls over TLS and HTTP, to servers on this machine. */
export { callsOverTls } from './outside/calls-over-tls.ts';
export type { NodeShape } from './kubelet/node-objects.ts';
export type { Change, Cluster, Gvr, Key, MutableObject } from './machinery/cluster.ts';
export type { Commit, CommitRequest } from './machinery/commits.ts';
export { SYSTEM_ADMIN, type UserInfo } from './machinery/identity.ts';
/** A pod's annotation that says what its containers do. */
export { SCRIPT_ANNOTATION } from './kubelet/script.ts';
/** A certificate and its key for `serve({ tls })`. */
export { selfSignedCertificate } from './access/self-signed.ts';
/** Users of a file in kube-apiserver's `--token-auth-file` format, for `access`. */
export { parseTokenFile, TokenFileError } from './access/tokens.ts';
/** Kubernetes' protobuf, as this server writes it: for tests of clients that read it. */
export { type Encodable, encodeObject, encodeWatchEvent } from './protobuf/encoder.ts';

export interface SandboxOptions {
  readonly clock: Clock;
  /** Same seed and same requests at the same times: same names, uids and history. Default: seed 1. */
  readonly prng?: Prng;
  /** Nodes with a kubelet: how many (`node-1` …), or their names. Default: 3. */
  readonly nodes?: number | readonly string[];
  /** Capacity of each. Default: 8 CPUs, 32 GiB, 110 pods. */
  readonly nodeShape?: NodeShape;
  /** The controller manager's controllers. Default: on. */
  readonly controllers?: 'on' | 'off';
  readonly scheduler?: 'on' | 'off';
  /** Off: no nodes are registered and no pod ever starts. */
  readonly kubelet?: 'on' | 'off';
  /** Leases and node status every so often. Off for clusters of thousands of nodes in which no node dies. */
  readonly heartbeats?: 'on' | 'off';
  /** `warnings`: controllers and kubelets write no Normal events. Default: all. */
  readonly events?: 'all' | 'warnings';
  /** PEM of the certificate that signs the server's, for `kube-root-ca.crt`. Default: empty. */
  readonly rootCa?: string;
  /** Authentication and RBAC. Default: off, everybody may do everything. */
  readonly access?: AccessConfig;
  /** How webhooks are reached: `callsOverTls` connects, a test may hand in a function. Default: none is reached. */
  readonly outside?: OutsideWorld;
}

export interface Sandbox {
  readonly server: ApiServer;
  /** The synchronous view that the sandbox's own controllers have. */
  readonly cluster: Cluster;
  /** For clients in this process; nothing is serialised. With `user` requests need no credentials. */
  transport(user?: UserInfo): Transport;
  /** Over HTTP, for kubectl and clients in other processes. Port 0: any free one. */
  serve(options: HttpOptions): Promise<HttpServer>;
  /**
   * What was committed, in order: all since the start, or what came after a resource version. The last 32,768 are kept;
   * asking for one that is gone throws.
   */
  commits(after?: string): readonly Commit[];
  /** Ends controllers and kubelets, and what was served. */
  close(): Promise<void>;
}

export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock, events = 'all' } = options;
  const server = new ApiServer({
    clock,
    prng: options.prng ?? new Prng(1),
    running: new Set<Component>([
      ...(options.controllers === 'off' ? [] : (['controllers'] as const)),
      ...(options.kubelet === 'off' ? [] : (['nodes'] as const)),
    ]),
    ...(options.access === undefined ? {} : { access: options.access }),
    ...(options.outside === undefined ? {} : { outside: options.outside }),
  });
  const context = new Context({ cluster: server.askingCluster, events });
  let kubelets: Kubelets | undefined;
  if (options.controllers !== 'off') {
    startControllers(context, {
      catalog: catalogOf(server),
      heartbeats: options.heartbeats ?? 'on',
      rootCa: options.rootCa ?? '',
      accountToken: (account, secret) => server.access.tokens.signLegacy({ account: accountRef(account), secret }),
      usage: { usage: (pod) => kubelets?.usage(pod) },
    });
  }
  if (options.scheduler !== 'off') startScheduler(context, { events });
  if (options.kubelet !== 'off') {
    kubelets = new Kubelets(context, {
      nodes: options.nodes ?? 3,
      ...(options.nodeShape === undefined ? {} : { shape: options.nodeShape }),
      heartbeats: options.heartbeats ?? 'on',
    });
  }
  // What a storage driver would run on the nodes.
  if (options.controllers !== 'off' && options.kubelet !== 'off' && options.nodes !== 0) {
    startVolumeProvisioner(context);
    server.createApart(STORAGE_CLASSES, standardClass);
  }
  if (kubelets !== undefined) serveKubelets(server, kubelets);
  serveExposition(server, kubelets);
  const served: HttpServer[] = [];
  return {
    server,
    cluster: server.cluster,
    transport: (user) => inProcessTransport(server, user),
    commits: (after) => server.commits(after),
    async serve(http) {
      const opened = await serveHttp(server, http);
      served.push(opened);
      return opened;
    },
    async close() {
      context.close();
      server.close();
      await Promise.all(served.splice(0).map((http) => http.close()));
    },
  };
}
