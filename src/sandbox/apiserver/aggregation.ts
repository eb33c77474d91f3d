/**
 * Groups that another API server answers for: whether it can be reached, and what clients ask it through this one.
 * k8s.io/kube-aggregator, pkg/controllers/status/remote and pkg/apiserver.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { KubeResponse } from '../../shapes/transport.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Cluster, Gvr } from '../machinery/cluster.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asNumber, asText, at, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { readObject } from '../outside/answers.ts';
import type { RequestInfo } from '../machinery/route.ts';
import type { OutsideRequest, ServicePort } from '../machinery/outside-call.ts';
import type { Outside } from '../outside/outside.ts';
import { API_SERVICES } from './api-services.ts';
import { text } from './responses.ts';

const SERVICES: Gvr = { group: '', version: 'v1', resource: 'services' };
const SLICES: Gvr = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** How long the server waits for an answer to its own question. */
const CHECK_SECONDS = 5;
/** How long a client's request may take: the server's --request-timeout. */
const REQUEST_SECONDS = 60;
/** How often each is looked at without a reason: the resync of the controller. */
const RESYNC_MS = 30_000;

interface Remote {
  readonly group: string;
  readonly version: string;
  readonly service: ServicePort;
  readonly caBundle: string;
  readonly insecure: boolean;
  readonly groupPriority: number;
  readonly versionPriority: number;
}

export interface RemoteGroup {
  readonly group: string;
  readonly priority: number;
  /** The best first. */
  readonly versions: readonly RemoteVersion[];
}

export interface RemoteVersion {
  readonly version: string;
  /** As its own discovery lists them; undefined while it cannot be asked. */
  readonly resources: readonly Draft[] | undefined;
}

interface Condition {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const unavailable = (reason: string, message: string): Condition => ({ status: 'False', reason, message });

function remoteOf(object: KubeObject): Remote | undefined {
  const spec = object['spec'];
  const service = at(spec, 'service');
  if (service === undefined || service === null) return undefined;
  const bundle = asText(at(spec, 'caBundle'));
  return {
    group: asText(at(spec, 'group')),
    version: asText(at(spec, 'version')),
    service: {
      namespace: asText(at(service, 'namespace')),
      name: asText(at(service, 'name')),
      port: asNumber(at(service, 'port')) ?? 443,
    },
    caBundle: bundle === '' ? '' : Buffer.from(bundle, 'base64').toString('utf8'),
    insecure: at(spec, 'insecureSkipTLSVerify') === true,
    groupPriority: asNumber(at(spec, 'groupPriorityMinimum')) ?? 0,
    versionPriority: asNumber(at(spec, 'versionPriority')) ?? 0,
  };
}

export class Aggregation {
  readonly #cluster: Cluster;
  readonly #outside: Outside;
  /** By the APIService's name. */
  readonly #remotes = new Map<string, Remote>();
  /** What each said that it serves, by the APIService's name; absent where it did not answer. */
  readonly #resources = new Map<string, readonly Draft[]>();
  readonly #closing = new AbortController();
  #resyncs = false;

  constructor(cluster: Cluster, outside: Outside) {
    this.#cluster = cluster;
    this.#outside = outside;
  }

  get any(): boolean {
    return this.#remotes.size > 0;
  }

  /** Returns the function that ends it. */
  start(): () => void {
    const stops = [
      this.#cluster.subscribe(API_SERVICES, ({ type, object, old }) => {
        const { name } = object.metadata;
        const remote = type === 'DELETED' ? undefined : remoteOf(object);
        if (remote === undefined) {
          this.#remotes.delete(name);
          this.#resources.delete(name);
        } else {
          const same = old !== undefined && equalJson(remoteOf(old), remote);
          if (same) return;
          this.#remotes.set(name, remote);
          this.#resources.delete(name);
          this.#checkSoon(name);
          this.#resync();
        }
      }),
      this.#cluster.subscribe(SERVICES, ({ object: { metadata } }) => this.#touched(metadata, metadata.name)),
      this.#cluster.subscribe(SLICES, ({ object: { metadata } }) =>
        this.#touched(metadata, metadata.labels?.[SERVICE_LABEL]),
      ),
    ];
    return () => {
      this.#closing.abort(new Error('closed'));
      for (const stop of stops) stop();
    };
  }

  #touched({ namespace }: KubeObject['metadata'], service: string | undefined): void {
    for (const [name, remote] of this.#remotes)
      if (remote.service.namespace === namespace && remote.service.name === service) this.#checkSoon(name);
  }

  /** Not in the turn of the change that is the reason. */
  #checkSoon(name: string): void {
    void Promise.resolve().then(() => this.#check(name));
  }

  /** One wait on the clock, for as long as there is anything to look at. */
  #resync(): void {
    if (this.#resyncs) return;
    this.#resyncs = true;
    const { clock } = this.#cluster;
    clock.until(clock.now() + RESYNC_MS, this.#closing.signal).then(
      () => {
        this.#resyncs = false;
        for (const name of this.#remotes.keys()) this.#checkSoon(name);
        if (this.any) this.#resync();
      },
      () => undefined,
    );
  }

  async #check(name: string): Promise<void> {
    const remote = this.#remotes.get(name);
    if (remote === undefined || this.#closing.signal.aborted) return;
    const missing = this.#missing(remote);
    if (missing) {
      this.#resources.delete(name);
      return this.#report(name, missing);
    }
    const problem = await this.#discovery(remote);
    // It may have been changed meanwhile: another check is under way then.
    if (this.#remotes.get(name) !== remote || this.#closing.signal.aborted) return;
    this.#report(
      name,
      problem === undefined
        ? { status: 'True', reason: 'Passed', message: 'all checks passed' }
        : unavailable('FailedDiscoveryCheck', problem),
    );
  }

  /** What is not there of the Service; nothing is, where the test says what answers for it. */
  #missing({ service }: Remote): Condition | undefined {
    if ('address' in this.#outside.place(service)) return undefined;
    const { namespace, name, port } = service;
    const place = `service/${name} in ${JSON.stringify(namespace)}`;
    const found = this.#cluster.get(SERVICES, { namespace, name });
    if (!found) return unavailable('ServiceNotFound', `${place} is not present`);
    if (at(found, 'spec', 'type') !== 'ClusterIP') return undefined;
    const open = objectsOf(at(found, 'spec', 'ports')).find((each) => each['port'] === port);
    if (!open) return unavailable('ServicePortError', `${place} is not listening on port ${port}`);
    const slices = this.#cluster
      .list(SLICES, namespace)
      .filter(({ metadata }) => metadata.labels?.[SERVICE_LABEL] === name);
    if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpoints for ${place}`);
    const portName = asText(open['name']);
    const active = slices.some(
      (slice) =>
        objectsOf(slice['ports']).some((each) => asText(each['name']) === portName) &&
        objectsOf(slice['endpoints']).some((endpoint) => at(endpoint, 'conditions', 'ready') !== false),
    );
    return active
      ? undefined
      : unavailable(
          'MissingEndpoints',
          `endpoints for ${place} have no addresses with port name ${JSON.stringify(portName)}`,
        );
  }

  /** What is wrong with the other server's answer to the least that it must answer. */
  async #discovery(remote: Remote): Promise<string | undefined> {
    const { namespace, name, port } = remote.service;
    const ip = asText(at(this.#cluster.get(SERVICES, { namespace, name }), 'spec', 'clusterIP'));
    const host = ip === '' || ip === 'None' ? `${name}.${namespace}.svc` : ip.includes(':') ? `[${ip}]` : ip;
    const path = `/apis/${remote.group}/${remote.version}`;
    const shown = `https://${host}:${port}${path}`;
    const user = { name: 'system:kube-aggregator', groups: ['system:masters'] };
    const request = requestTo(remote, { method: 'GET', path, headers: {}, body: '', user });
    const reached = await this.#outside.send(request, remote.service, CHECK_SECONDS);
    if ('problem' in reached) return `failing or missing response from ${shown}: Get "${shown}": ${reached.problem}`;
    const { status, body } = reached.response;
    const apiService = `${remote.version}.${remote.group}`;
    this.#resources.delete(apiService);
    if (status < 200 || status >= 300)
      return `failing or missing response from ${shown}: bad status from ${shown}: ${status}`;
    const read = readObject(body);
    if ('object' in read) this.#resources.set(apiService, objectsOf(read.object['resources']));
    return undefined;
  }

  #report(name: string, { status, reason, message }: Condition): void {
    const now = toTimestamp(this.#cluster.clock.now());
    this.#cluster.modify(
      API_SERVICES,
      { name },
      (draft) => {
        const conditions = objectsOf(draft['status']?.conditions);
        const before = conditions.find(({ type }) => type === 'Available');
        const same = before?.['status'] === status;
        if (same && before['reason'] === reason && before['message'] === message) return undefined;
        const lastTransitionTime = same ? before['lastTransitionTime'] : now;
        const others = conditions.filter(({ type }) => type !== 'Available');
        const condition = { type: 'Available', status, lastTransitionTime, reason, message };
        draft['status'] = { conditions: [...others, condition] };
        return draft;
      },
      'status',
    );
  }

  /** Groups that others answer for, with all their versions, reachable or not: discovery lists them all the same. */
  groups(): readonly RemoteGroup[] {
    const byGroup = new Map<string, Remote[]>();
    for (const remote of this.#remotes.values())
      byGroup.set(remote.group, [...(byGroup.get(remote.group) ?? []), remote]);
    return [...byGroup].map(([group, remotes]) => ({
      group,
      priority: Math.max(...remotes.map(({ groupPriority }) => groupPriority)),
      versions: remotes
        .toSorted((a, b) => b.versionPriority - a.versionPriority || (a.version < b.version ? -1 : 1))
        .map(({ version }) => ({ version, resources: this.#resources.get(`${version}.${group}`) })),
    }));
  }

  /** The other server's answer to a request about its group and version; undefined: the request is none of these. */
  async forward(
    request: { readonly method: string; readonly path: string; readonly headers?: Readonly<Record<string, string>> },
    info: RequestInfo,
    sent: { readonly user: UserInfo; readonly body: string | Uint8Array | undefined },
  ): Promise<KubeResponse | undefined> {
    const [root, group, version] = info.path.split('/').filter((part) => part !== '');
    if (root !== 'apis' || group === undefined || version === undefined) return undefined;
    const name = `${version}.${group}`;
    const remote = this.#remotes.get(name);
    if (remote === undefined) return undefined;
    const conditions = objectsOf(at(this.#cluster.get(API_SERVICES, { name }), 'status', 'conditions'));
    const available = conditions.some(({ type, status }) => type === 'Available' && status === 'True');
    // An answer that goes on (a watch) cannot be had through one call.
    if (!available || info.verb === 'watch') return serviceUnavailable();
    const { method, path, headers = {} } = request;
    const passed = requestTo(remote, { method, path, headers, body: sent.body ?? '', user: sent.user });
    const reached = await this.#outside.send(passed, remote.service, REQUEST_SECONDS);
    if ('problem' in reached) return text(503, `error trying to reach service: ${reached.problem}`);
    const { status, headers: answered, body } = reached.response;
    const { connection: _, 'transfer-encoding': __, 'content-length': ___, ...kept } = answered;
    const answer = text(status, body);
    return { ...answer, headers: kept };
  }
}

function serviceUnavailable(): KubeResponse {
  const answer = text(503, 'service unavailable\n');
  return { ...answer, headers: { ...answer.headers, 'x-content-type-options': 'nosniff' } };
}

interface Passed {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly user: UserInfo;
}

/** Headers that are between the client and this server. */
const OWN_HEADERS = new Set(['authorization', 'host', 'connection', 'content-length', 'accept-encoding']);

/** As the other server gets it: who asks is told in headers, as from any front proxy. */
function requestTo(remote: Remote, { method, path, headers, body, user }: Passed): OutsideRequest {
  const { namespace, name, port } = remote.service;
  const passed = Object.entries(headers).filter(
    ([header]) => !OWN_HEADERS.has(header) && !header.startsWith('impersonate-') && !header.startsWith('x-remote-'),
  );
  return {
    method,
    url: `https://${name}.${namespace}.svc:${port}${path}`,
    headers: {
      ...Object.fromEntries(passed),
      'x-remote-user': user.name,
      ...(user.uid === undefined ? {} : { 'x-remote-uid': user.uid }),
      ...(user.groups.length === 0 ? {} : { 'x-remote-group': user.groups.join(', ') }),
    },
    body,
    caBundle: remote.caBundle,
    ...(remote.insecure ? { insecure: true as const } : {}),
  };
}
