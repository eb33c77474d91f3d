/** What a pod asks of its node. */
import { parseQuantity } from '../runtime/amounts.ts';
import type { Container, ContainerPort, Pod, PodSpec } from '../runtime/shapes.ts';

/** CPU in cores, memory in bytes. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

export interface Requests extends Amount {
  /** Ephemeral storage, huge pages and extended resources, by name. Most pods ask for none. */
  readonly others: ReadonlyMap<string, number>;
}

const NONE: ReadonlyMap<string, number> = new Map();

const BASIC: ReadonlySet<string> = new Set(['cpu', 'memory']);

/** What the scheduler counts by name: extended resources have a slash. */
export const isCounted = (resource: string): boolean =>
  resource === 'ephemeral-storage' ||
  resource.startsWith('hugepages-') ||
  resource.startsWith('attachable-volumes-') ||
  resource.includes('/');

export function podRequests(spec: PodSpec): Requests {
  let others: Map<string, number> | undefined;
  for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])])
    for (const name in resources?.requests)
      if (!BASIC.has(name) && isCounted(name)) (others ??= new Map()).set(name, 0);
  for (const name in spec.resources?.requests) if (name.startsWith('hugepages-')) (others ??= new Map()).set(name, 0);
  for (const name of others?.keys() ?? []) others?.set(name, requested(spec, name));
  return { cpu: requested(spec, 'cpu'), memory: requested(spec, 'memory'), others: others ?? NONE };
}

const amountOf = ({ resources }: Container, resource: string): number =>
  parseQuantity(resources?.requests?.[resource]) ?? 0;

/**
 * The sum of the containers, or the largest init container if that is more; restartable init containers stay and add
 * up. An amount for the whole pod takes the place of both.
 */
function requested(spec: PodSpec, resource: string): number {
  let [together, beside, largest] = [0, 0, 0];
  for (const container of spec.containers) together += amountOf(container, resource);
  for (const container of spec.initContainers ?? []) {
    const amount = amountOf(container, resource);
    if (container.restartPolicy === 'Always') beside += amount;
    largest = Math.max(largest, beside + (container.restartPolicy === 'Always' ? 0 : amount));
  }
  const containers = Math.max(together + beside, largest);
  const whole = parseQuantity(spec.resources?.requests?.[resource]);
  return (whole ?? containers) + (parseQuantity(spec.overhead?.[resource]) ?? 0);
}

/** Ports of the node that the pod takes: those of init containers that stay, and of containers. */
export function hostPorts({ spec }: Pod): readonly ContainerPort[] {
  const found: ContainerPort[] = [];
  for (const container of spec.initContainers ?? [])
    if (container.restartPolicy === 'Always') found.push(...portsOf(container));
  for (const container of spec.containers) found.push(...portsOf(container));
  return found;
}

const portsOf = ({ ports = [] }: Container): readonly ContainerPort[] =>
  ports.filter(({ hostPort = 0 }) => hostPort > 0);

const ANY_ADDRESS = '0.0.0.0';
const addressOf = ({ hostIP }: ContainerPort): string => (hostIP === undefined || hostIP === '' ? ANY_ADDRESS : hostIP);

export function portsCollide(a: ContainerPort, b: ContainerPort): boolean {
  if (a.hostPort !== b.hostPort || (a.protocol ?? 'TCP') !== (b.protocol ?? 'TCP')) return false;
  const [one, other] = [addressOf(a), addressOf(b)];
  return one === other || one === ANY_ADDRESS || other === ANY_ADDRESS;
}

export const priorityOf = ({ spec }: Pod): number => spec.priority ?? 0;
