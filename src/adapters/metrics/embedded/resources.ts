/** Resource lists (`requests`, `limits`, `allocatable`, `capacity`) with kube-state-metrics' units. */
import { amountOf, type Emit, entriesAt, type LabelRecord } from './family.ts';

export function emitResources(of: { owner: unknown; path: readonly string[]; labels: LabelRecord; emit: Emit }): void {
  for (const [resource, amount] of entriesAt(of.owner, ...of.path)) {
    const value = amountOf(amount);
    if (value === undefined) continue;
    // Label values may hold no dots or slashes where kube-state-metrics makes names of them.
    of.emit({ ...of.labels, resource: resource.replaceAll(/[^a-zA-Z0-9_]/g, '_'), unit: unitOf(resource) }, value);
  }
}

function unitOf(resource: string): string {
  if (resource === 'cpu') return 'core';
  const isBytes =
    resource === 'memory' || resource.endsWith('storage') || resource.startsWith('hugepages-') || resource.startsWith('attachable-');
  if (isBytes) return 'byte';
  return 'integer';
}
