/** Resource lists (`requests`, `limits`, `allocatable`, `capacity`) with kube-state-metrics' units. */
import { amountOf, type Emit, entriesAt, type LabelRecord } from './family.ts';

export function emitResources(of: { owner: unknown; path: readonly string[]; labels: LabelRecord; emit: Emit }): void {
  for (const [resource, amount] of entriesAt(of.owner, ...of.path)) {
    const value = amountOf(amount);
    const unit = unitOf(resource);
    if (value === undefined || unit === undefined) continue;
    // Label values may hold no dots or slashes where kube-state-metrics makes names of them.
    of.emit({ ...of.labels, resource: resource.replaceAll(/[^a-zA-Z0-9_]/g, '_'), unit }, value);
  }
}

const BYTES: ReadonlySet<string> = new Set(['memory', 'storage', 'ephemeral-storage']);

/** Undefined for native resources that kube-state-metrics leaves out; extended ones have a slash in their name. */
function unitOf(resource: string): string | undefined {
  if (resource === 'cpu') return 'core';
  if (BYTES.has(resource) || resource.startsWith('hugepages-') || resource.startsWith('attachable-volumes-'))
    return 'byte';
  return resource === 'pods' || resource.includes('/') ? 'integer' : undefined;
}
