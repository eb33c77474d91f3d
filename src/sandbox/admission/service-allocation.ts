/** Addresses of 10.96.0.0/16 (kubeadm's default) and node ports of 30000-32767, each given to one Service at a time. */
import { isIPv4 } from 'node:net';
import { invalid } from '../machinery/errors.ts';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asList, asNumber, asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import { hasNodePorts } from '../kinds/service.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';

const RANGE = '10.96.0.0/16';
const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;
/** Addresses that can be given: without the network's, the API server's own and the broadcast address. */
const ADDRESSES = 65_536 - 3;

const SERVED = new Set(['ClusterIP', 'NodePort', 'LoadBalancer']);

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

function givePorts(
  spec: Draft,
  { seed, taken, dryRun }: { readonly seed: string; readonly taken: Taken; readonly dryRun: boolean },
): void {
  const given = new Set(taken.ports);
  let shown = 0;
  for (const port of objectsOf(spec['ports'])) {
    if ((asNumber(port['nodePort']) ?? 0) !== 0) continue;
    if (dryRun) {
      // The real server names a port past the range: none is set aside for a dry run.
      port['nodePort'] = LAST_PORT + 2 + shown++;
      continue;
    }
    const size = LAST_PORT - FIRST_PORT + 1;
    for (let step = 0; step < size; step++) {
      const candidate = FIRST_PORT + ((start(seed) + step) % size);
      if (given.has(candidate)) continue;
      given.add(candidate);
      port['nodePort'] = candidate;
      break;
    }
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
    if (!SERVED.has(asText(spec['type']))) return;
    const refuse = (errors: readonly FieldError[]): void => {
      if (errors.length > 0) throw invalid(type, name, errors);
    };
    refuse(familyErrors(spec));
    const taken = takenByOthers(machinery, old?.metadata.uid);
    const seed = `${namespace}/${name}${asText(metaOf(object)['generateName'])}`;
    const had = asText(at(old, 'spec', 'clusterIP'));
    // What was given stays: that is for validation to say.
    if (had === '') refuse(addressErrors(spec, taken));
    if (asText(spec['clusterIP']) === '') spec['clusterIP'] = had === '' ? freeAddress(seed, taken) : had;
    const ports = { seed, taken, dryRun: terms.dryRun !== undefined };
    if (hasNodePorts(spec)) {
      keepPorts(spec, old);
      if (!terms.dryRun) refuse(portErrors(spec, taken));
      givePorts(spec, ports);
    }
    giveHealthPort(spec, old, ports);
  },
};

function addressErrors(spec: Draft, taken: Taken): readonly FieldError[] {
  const ip = asText(spec['clusterIP']);
  const refusal = isIPv4(ip) ? addressRefusal(ip, taken) : undefined;
  if (refusal === undefined) return [];
  return [invalidValue('spec.clusterIPs', spec['clusterIPs'] ?? [ip], `failed to allocate IP ${ip}: ${refusal}`)];
}

/** The first that cannot be given. */
function portErrors(spec: Draft, taken: Taken): readonly FieldError[] {
  for (const [index, port] of objectsOf(spec['ports']).entries()) {
    const nodePort = asNumber(port['nodePort']) ?? 0;
    if (nodePort === 0) continue;
    const field = `spec.ports[${index}].nodePort`;
    if (nodePort < FIRST_PORT || nodePort > LAST_PORT) {
      const detail = `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
      return [invalidValue(field, nodePort, detail)];
    }
    if (taken.ports.has(nodePort)) return [invalidValue(field, nodePort, 'provided port is already allocated')];
  }
  return [];
}

/** Where a load balancer asks whether a node has endpoints of its own. */
function giveHealthPort(spec: Draft, old: unknown, ports: Parameters<typeof givePorts>[1]): void {
  if (spec['type'] !== 'LoadBalancer' || spec['externalTrafficPolicy'] !== 'Local') return;
  if ((asNumber(spec['healthCheckNodePort']) ?? 0) !== 0) return;
  const had = asNumber(at(old, 'spec', 'healthCheckNodePort')) ?? 0;
  const asked: Draft = { nodePort: had };
  const others = objectsOf(spec['ports']).map((port) => asNumber(port['nodePort']) ?? 0);
  const taken = { ...ports.taken, ports: new Set([...ports.taken.ports, ...others]) };
  givePorts({ ports: [asked] }, { ...ports, taken });
  spec['healthCheckNodePort'] = asked['nodePort'];
}

/** Why the address cannot be given. The network's own and that of all hosts never can. */
function addressRefusal(ip: string, taken: Taken): string | undefined {
  if (!ip.startsWith('10.96.')) return 'the provided network does not match the current range';
  if (ip === '10.96.0.0' || ip === '10.96.255.255')
    return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${RANGE}`;
  return taken.addresses.has(ip) ? 'provided IP is already allocated' : undefined;
}

/** The cluster has IPv4 addresses alone. Headless Services without a selector need none of it. */
function familyErrors(spec: Draft): readonly FieldError[] {
  if (spec['clusterIP'] === 'None' && spec['selector'] === undefined) return [];
  const errors: FieldError[] = [];
  const policy = spec['ipFamilyPolicy'];
  if (policy === 'RequireDualStack')
    errors.push(invalidValue('spec.ipFamilyPolicy', policy, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of asList(spec['ipFamilies']).entries())
    if (family !== 'IPv4')
      errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  return errors;
}

/** A client that does not know the node ports leaves them out of what it replaces. */
function keepPorts(spec: Draft, old: unknown): void {
  const before = objectsOf(at(old, 'spec', 'ports'));
  for (const port of objectsOf(spec['ports'])) {
    if ((asNumber(port['nodePort']) ?? 0) !== 0) continue;
    const same = before.find((each) => each['port'] === port['port'] && each['protocol'] === port['protocol']);
    if (same?.['nodePort'] !== undefined) port['nodePort'] = same['nodePort'];
  }
}
