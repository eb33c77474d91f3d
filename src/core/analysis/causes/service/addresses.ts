/**
 * Addresses of Services in the environment variables and the arguments of a workload: `host:port`, a URL,
 * `jdbc:mysql://host:3306/db`, several with commas. Only what is in the spec as plain text is read; of it nothing is
 * kept but host and port.
 */
import type { EnvVar, PodSpec, ServiceObject, WorkloadObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';

export interface Address {
  readonly variable: string;
  readonly host: string;
  readonly port?: number;
}

/** Names by which programs are told where others are. A value with a port is an address under any name. */
const NAMED = /(?:ADDR(?:ESS(?:ES)?)?|HOST(?:NAME)?|URLS?|URI|ENDPOINTS?|SERVERS?|BROKERS?|SERVICE|DSN)$/i;
const SCHEME = String.raw`(?:[a-z][a-z0-9+.:-]*:\/\/)?(?:[^@/\s]*@)?`;
const HOST = String.raw`([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*)`;
const ADDRESS = new RegExp(String.raw`^${SCHEME}${HOST}(?::(\d{1,5}))?(?:[/?;].*)?$`, 'i');
/** Names that no Service has to answer for. */
const OWN = /^(?:localhost|true|false|yes|no|on|off|none|null|default|\d+(?:\.\d+)*)$/i;

/** Every Service asks for the addresses of every workload of its namespace: they are read from a spec once. */
const read = new WeakMap<PodSpec, readonly Address[]>();

export function addressesOf(spec: PodSpec | undefined): readonly Address[] {
  if (spec === undefined) return [];
  const known = read.get(spec);
  if (known !== undefined) return known;
  const addresses = (spec.containers ?? []).flatMap(({ env = [], command = [], args = [] }) => [
    ...env.flatMap(({ name, value }) => (value === undefined ? [] : addressesIn(name, value, portBeside(name, env)))),
    ...[...command, ...args].flatMap(urlsIn),
  ]);
  read.set(spec, addresses);
  return addresses;
}

const URLS = /\b[a-z][a-z0-9+.-]*:\/\/(?:[^@/\s'"]*@)?[a-z0-9][a-z0-9.-]*(?::\d{1,5})?/gi;
/** A program with more addresses in its arguments has them from a list. */
const MAX_URLS = 10;

/** Of a command line or of a script in it: addresses that have a scheme. */
const urlsIn = (text: string): readonly Address[] =>
  [...text.slice(0, MAX_SCRIPT).matchAll(URLS)]
    .slice(0, MAX_URLS)
    .flatMap(([url]) => addressesIn('an argument', url, undefined));

/** A script of some hundred lines; a spec that is read for every rule holds no program. */
const MAX_SCRIPT = 16_384;

/** `DB_HOST` and `DB_PORT` are one address in two variables. */
function portBeside(variable: string, env: readonly EnvVar[]): number | undefined {
  const match = /^(.*?)(?:HOST(?:NAME)?|ADDR(?:ESS)?|SERVER)$/i.exec(variable);
  if (match === null) return undefined;
  const beside = env.find(({ name }) => name.toLowerCase() === `${match[1]}port`.toLowerCase());
  return beside?.value !== undefined && /^\d{2,5}$/.test(beside.value) ? Number(beside.value) : undefined;
}

function addressesIn(variable: string, value: string, beside: number | undefined): readonly Address[] {
  return value.split(',').flatMap((part) => {
    const match = ADDRESS.exec(part.trim());
    const [, host = '', own] = match ?? [];
    const port = own === undefined ? beside : Number(own);
    if (match === null || OWN.test(host)) return [];
    if (port === undefined && !(NAMED.test(variable) || part.includes('://'))) return [];
    return [{ variable, host, ...(port !== undefined && { port }) }];
  });
}

/**
 * Name and namespace where the host can be a Service of this cluster: `web`, `web.shop`, `web.shop.svc.cluster.local`.
 */
export function serviceNamed(
  host: string,
  namespace: string | undefined,
): { readonly namespace: string | undefined; readonly name: string } | undefined {
  const [name = '', second, third] = host.split('.');
  if (second === undefined) return { namespace, name };
  if (third === 'svc') return { namespace: second, name };
  return undefined;
}

export type Destination =
  | { readonly kind: 'service'; readonly service: ServiceObject }
  | { readonly kind: 'missing'; readonly name: string }
  | { readonly kind: 'unknown' };

export function destinationOf({ host }: Address, namespace: string | undefined, snapshot: Snapshot): Destination {
  const at = serviceNamed(host, namespace);
  if (at === undefined) return { kind: 'unknown' };
  const service = snapshot.find('Service', at);
  if (service !== undefined) return { kind: 'service', service };
  if (!snapshot.sees('Service', at.namespace)) return { kind: 'unknown' };
  // A namespace without any Service was hardly looked at.
  if (snapshot.in('Service', at.namespace).length === 0) return { kind: 'unknown' };
  return { kind: 'missing', name: at.name };
}

const WITH_TEMPLATES = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

export const workloadsOf = (snapshot: Snapshot, namespace: string | undefined): readonly WorkloadObject[] =>
  WITH_TEMPLATES.flatMap((kind) => snapshot.in(kind, namespace));

/** Hosts with a port, or under the name of an address, that name no Service; most asked for first. */
export function missingHosts(snapshot: Snapshot, namespace: string | undefined): readonly string[] {
  const counts = new Map<string, number>();
  for (const { spec } of workloadsOf(snapshot, namespace)) {
    for (const address of addressesOf(spec?.template?.spec)) {
      const destination = destinationOf(address, namespace, snapshot);
      if (destination.kind === 'missing' && address.port !== undefined)
        counts.set(destination.name, (counts.get(destination.name) ?? 0) + 1);
    }
  }
  return [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
}
