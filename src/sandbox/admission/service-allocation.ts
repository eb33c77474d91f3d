/**
 * Addresses of 10.96.0.0/16 (kubeadm's default) and node ports of 30000-32767, each given to one Service at a time:
 * k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go.
 */
import { isIPv4 } from 'node:net';
import { internalError, invalid, rawServerError } from '../machinery/errors.ts';
import { invalidValue } from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import {
  isGivenNodePorts,
  needsAddress,
  needsHealthPort,
  nodePortsOf,
  type Shown,
  takesNodePorts,
} from '../kinds/service-types.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { initFamilies, keepWhatWasGiven, matchAddresses, prefersAsBefore } from './service-families.ts';

const RANGE = '10.96.0.0/16';
const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;
/** Addresses that can be given: without the network's, the API server's own and the broadcast address. */
const ADDRESSES = 65_536 - 3;

interface Taken {
  readonly addresses: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

/**
 * What the other Services have. Services are few and rarely made: looking through them is cheaper than a book that must
 * be kept right.
 */
function takenByOthers(machinery: Machinery, uid: string | undefined): Taken {
  const addresses = new Set<string>();
  const ports = new Set<number>();
  for (const [, service] of machinery.store.collection('services').scan()) {
    if (service.metadata.uid === uid) continue;
    for (const ip of asList(at(service, 'spec', 'clusterIPs'))) addresses.add(asText(ip));
    for (const port of objectsOf(at(service, 'spec', 'ports'))) ports.add(asNumber(port['nodePort']) ?? 0);
    ports.add(asNumber(at(service, 'spec', 'healthCheckNodePort')) ?? 0);
  }
  return { addresses, ports };
}

/** FNV-1a: where the search begins is a function of the name, so that a dry run shows what would come. */
function start(seed: string): number {
  let hash = 2_166_136_261;
  for (const character of seed) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0;
  return hash;
}

function freeAddress(seed: string, taken: Taken): string {
  for (let step = 0; step < ADDRESSES; step++) {
    const index = 2 + ((start(seed) + step) % ADDRESSES);
    const address = `10.96.${index >> 8}.${index & 255}`;
    if (!taken.addresses.has(address)) return address;
  }
  return '';
}

/** The ports that one request takes. A dry run sets none aside: the server then names ports past the range. */
class PortOperation {
  readonly #taken: Set<number>;
  readonly #start: number;
  readonly #dryRun: boolean;
  readonly #given: number[] = [];

  constructor(taken: ReadonlySet<number>, seed: string, terms: { readonly dryRun?: unknown }) {
    this.#taken = new Set(taken);
    this.#start = start(seed);
    this.#dryRun = terms.dryRun !== undefined;
  }

  /** Why it cannot be had; undefined when it was taken. */
  take(port: number): string | undefined {
    if (!this.#dryRun && (port < FIRST_PORT || port > LAST_PORT))
      return `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
    if (this.#taken.has(port)) return 'provided port is already allocated';
    this.#given.push(port);
    this.#taken.add(port);
    return undefined;
  }

  /** One more than what the request has so far. */
  #shown(): number {
    const port = this.#given.length === 0 ? LAST_PORT + 2 : Math.max(0, ...this.#given) + 1;
    this.#given.push(port);
    return port;
  }

  next(): number {
    if (this.#dryRun) return this.#shown();
    const size = LAST_PORT - FIRST_PORT + 1;
    for (let step = 0; step < size; step++) {
      const candidate = FIRST_PORT + ((this.#start + step) % size);
      if (this.take(candidate) === undefined) return candidate;
    }
    throw internalError('failed to allocate a nodePort: range is full');
  }
}

const concerns = ({ type, operation, subresource }: AdmissionAttributes): boolean =>
  type.group === '' && type.resource === 'services' && subresource === '' && operation !== 'DELETE';

/** Comes before validation, as the real server's allocators do: what cannot be given is the only thing that is said. */
export const serviceAllocation: AdmissionPlugin = {
  admit: (attributes, machinery) => {
    const { object, old, name, namespace, terms, type } = attributes;
    if (!object || !concerns(attributes)) return;
    const spec = childOf(object, 'spec');
    const before = old && (asObject(old['spec']) ?? {});
    if (before) keepWhatWasGiven(spec, before);
    matchAddresses(spec, before);
    if (needsAddress(spec)) {
      const errors = initFamilies(spec, before);
      if (errors.length > 0) throw invalid(type, name, errors);
    }
    const taken = takenByOthers(machinery, old?.metadata.uid);
    const seed = `${namespace}/${name}${asText(metaOf(object)['generateName'])}`;
    if (needsAddress(spec) && !prefersAsBefore(spec, before) && (!before || !needsAddress(before)))
      giveAddress(spec, { seed, taken, refuse: (problem) => addressRefused(attributes, problem) });
    const operation = new PortOperation(new Set([...taken.ports, ...(before ? nodePortsOf(before) : [])]), seed, terms);
    const refusePort = (index: number, port: number, problem: string) =>
      invalid(type, name, [invalidValue(`spec.ports[${index}].nodePort`, port, problem)]);
    if (takesNodePorts(spec)) {
      if (before) updatePorts(spec, before, { operation, refusePort });
      else givePorts(spec, { operation, refusePort });
    }
    giveHealthPort(spec, before, operation);
  },
};

const addressRefused = ({ object, type, name }: AdmissionAttributes, problem: string) =>
  invalid(type, name, [invalidValue('spec.clusterIPs', at(object, 'spec', 'clusterIPs') ?? null, problem)]);

interface AddressTerms {
  readonly seed: string;
  readonly taken: Taken;
  readonly refuse: (problem: string) => Error;
}

/** Headless Services have none. */
function giveAddress(spec: Draft, { seed, taken, refuse }: AddressTerms): void {
  const [asked] = asList(spec['clusterIPs']).map(asText);
  if (asked === 'None') return;
  const refusal = asked !== undefined && isIPv4(asked) ? addressRefusal(asked, taken) : undefined;
  if (refusal !== undefined) throw refuse(`failed to allocate IP ${asked}: ${refusal}`);
  const address = asked || freeAddress(seed, taken);
  Object.assign(spec, { clusterIP: address, clusterIPs: [address, ...asList(spec['clusterIPs']).slice(1)] });
}

interface PortTerms {
  readonly operation: PortOperation;
  readonly refusePort: (index: number, port: number, problem: string) => Error;
}

/** One number that is served by two protocols has one port of the nodes. */
function givePorts(spec: Draft, { operation, refusePort }: PortTerms): void {
  const ports = objectsOf(spec['ports']);
  const given = new Map<unknown, number>();
  for (const [index, port] of ports.entries()) {
    const own = asNumber(port['nodePort']) ?? 0;
    if (own === 0 && !isGivenNodePorts(spec)) continue;
    const known = given.get(port['port']);
    if (known !== undefined) {
      const problem = own === 0 || own === known ? undefined : operation.take(own);
      if (problem !== undefined) throw refusePort(index, own, problem);
      if (own === 0) port['nodePort'] = known;
      continue;
    }
    const asked = ports.find((other) => other['port'] === port['port'] && Boolean(other['nodePort']));
    const wanted = asNumber(asked?.['nodePort']);
    const problem = wanted === undefined ? undefined : operation.take(wanted);
    if (wanted !== undefined && problem !== undefined) throw refusePort(index, wanted, problem);
    const number = wanted ?? operation.next();
    port['nodePort'] = number;
    given.set(port['port'], number);
  }
}

function updatePorts(spec: Draft, before: Shown, { operation, refusePort }: PortTerms): void {
  const had = new Set(nodePortsOf(before));
  const now = new Set<string>();
  for (const [index, port] of objectsOf(spec['ports']).entries()) {
    const own = asNumber(port['nodePort']) ?? 0;
    if (own === 0 && !isGivenNodePorts(spec)) continue;
    if (own === 0) port['nodePort'] = operation.next();
    else if (!had.has(own)) {
      const problem = operation.take(own);
      if (problem !== undefined) throw refusePort(index, own, problem);
      had.add(own);
    }
    const id = `{${asText(port['protocol'])} ${String(port['nodePort'])}}`;
    if (now.has(id)) throw rawServerError(`duplicate nodePort: ${id}`);
    now.add(id);
  }
}

/** Where a load balancer asks whether a node has endpoints of its own. */
function giveHealthPort(spec: Draft, before: Shown | undefined, operation: PortOperation): void {
  if (!needsHealthPort(spec) || (before && needsHealthPort(before))) return;
  const asked = asNumber(spec['healthCheckNodePort']) ?? 0;
  const problem = asked === 0 ? undefined : operation.take(asked);
  if (problem !== undefined)
    throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${problem}`);
  if (asked === 0) spec['healthCheckNodePort'] = operation.next();
}

/** Why the address cannot be given. The network's own and that of all hosts never can. */
function addressRefusal(ip: string, taken: Taken): string | undefined {
  if (!ip.startsWith('10.96.')) return 'the provided network does not match the current range';
  if (ip === '10.96.0.0' || ip === '10.96.255.255')
    return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${RANGE}`;
  return taken.addresses.has(ip) ? 'provided IP is already allocated' : undefined;
}
