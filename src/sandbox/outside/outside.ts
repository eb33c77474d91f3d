/** The way to servers outside: where they are, what is sent to them, how long they are waited for. */
import type { Clock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { type CallResult, type ClientConfig, type Question, Session } from '../machinery/session.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { asList, asText, at, isObject } from '../machinery/json.ts';
import type { OutsideRequest, OutsideResponse, OutsideWorld, ServicePort } from '../machinery/outside-call.ts';

export interface OutsideParts {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly world: OutsideWorld | undefined;
  readonly service: (namespace: string, name: string) => KubeObject | undefined;
}

/** `address`: undefined where the URL's own will do. */
type Place = { readonly address: string | undefined } | { readonly problem: string };

export class Outside {
  readonly #parts: OutsideParts;
  #uids: Prng | undefined;

  constructor(parts: OutsideParts) {
    this.#parts = parts;
  }

  session(): Session {
    return new Session((question) => this.#ask(question));
  }

  async #ask({ client, timeoutSeconds, body }: Question): Promise<CallResult> {
    // Drawn from a sequence of its own, so that what a request draws does not depend on how often it was begun.
    this.#uids ??= new Prng(this.#parts.prng.uint32());
    const uid = this.#uids.uuid();
    const url = urlOf(client, timeoutSeconds);
    const reached = await this.send(
      {
        method: 'POST',
        url,
        headers: { accept: 'application/json, */*', 'content-type': 'application/json' },
        body: body(uid),
        caBundle: client.caBundle,
      },
      client.service,
      timeoutSeconds,
    );
    return 'problem' in reached ? { uid, problem: `Post "${url}": ${reached.problem}` } : { uid, ...reached };
  }

  /** Never rejects: a server that cannot be reached is a problem that is told. */
  async send(
    request: OutsideRequest,
    service: ServicePort | undefined,
    timeoutSeconds: number,
  ): Promise<{ readonly response: OutsideResponse } | { readonly problem: string }> {
    const { clock, world } = this.#parts;
    const place: Place = service === undefined ? { address: undefined } : this.place(service);
    if ('problem' in place) return place;
    const address = place.address ?? hostOf(request.url);
    if (world === undefined) return { problem: `dial tcp ${address}: connect: connection refused` };
    const over = new AbortController();
    const done = new AbortController();
    const timer = clock.until(clock.now() + timeoutSeconds * 1000, done.signal).then(
      () => {
        over.abort(new Error('context deadline exceeded'));
        return { problem: 'context deadline exceeded' };
      },
      () => ({ problem: 'context canceled' }),
    );
    const call = Promise.resolve()
      .then(() =>
        world.call(place.address === undefined ? request : { ...request, address: place.address }, over.signal),
      )
      .then(
        (response) => ({ response }),
        (cause: unknown) => ({ problem: cause instanceof Error ? cause.message : String(cause) }),
      );
    try {
      return await Promise.race([call, timer]);
    } finally {
      done.abort(new Error('answered'));
    }
  }

  /**
   * Where a Service is reached, or why it is not: ResolveCluster of k8s.io/apiserver/pkg/util/proxy, and a proxy that
   * refuses connections to Services without endpoints.
   */
  place(wanted: ServicePort): Place {
    const { world, service } = this.#parts;
    const address = world?.resolve?.(wanted);
    if (address !== undefined) return { address };
    const found = service(wanted.namespace, wanted.name);
    const quoted = JSON.stringify(wanted.name);
    if (!found) return { problem: `service ${quoted} not found` };
    const type = asText(at(found, 'spec', 'type'));
    const clusterIp = asText(at(found, 'spec', 'clusterIP'));
    if (type === 'ExternalName')
      return { problem: `dial tcp: lookup ${asText(at(found, 'spec', 'externalName'))}: no such host` };
    if (clusterIp === 'None') return { problem: 'cannot route to service with ClusterIP "None"' };
    const ports = asList(at(found, 'spec', 'ports'));
    if (!ports.some((port) => isObject(port) && port['port'] === wanted.port))
      return { problem: `no service port ${wanted.port} found for service ${quoted}` };
    const host = clusterIp.includes(':') ? `[${clusterIp}]` : clusterIp;
    return { problem: `dial tcp ${host}:${wanted.port}: connect: connection refused` };
  }
}

/** As client-go builds it: the path cleaned, the time-out told to the server. */
function urlOf({ url, service }: ClientConfig, timeoutSeconds: number): string {
  const base =
    service === undefined
      ? url
      : `https://${service.name}.${service.namespace}.svc:${service.port}${service.path === '' || service.path.startsWith('/') ? '' : '/'}${service.path}`;
  const [, origin = base, path = ''] = /^([a-zA-Z]+:\/\/[^/]*)(.*)$/.exec(base) ?? [];
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  return `${origin}/${steps.join('/')}?timeout=${timeoutSeconds}s`;
}

/** `host:port` of a URL. */
function hostOf(url: string): string {
  const host = /^[a-zA-Z]+:\/\/([^/?]*)/.exec(url)?.[1] ?? url;
  return /:\d+$/.test(host) ? host : `${host}:443`;
}

/** Of a stored object, which validation has seen. `caBundle` is base64 there. */
export function clientConfigOf(config: unknown): ClientConfig {
  const service = at(config, 'service');
  const bundle = asText(at(config, 'caBundle'));
  return {
    url: asText(at(config, 'url')),
    service: isObject(service)
      ? {
          namespace: asText(service['namespace']),
          name: asText(service['name']),
          port: typeof service['port'] === 'number' ? service['port'] : 443,
          path: asText(service['path']),
        }
      : undefined,
    caBundle: bundle === '' ? '' : Buffer.from(bundle, 'base64').toString('utf8'),
  };
}
