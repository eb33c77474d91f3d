/** Lists of resources with the units that kube-state-metrics gives them. */
import { parseQuantity } from '../runtime/amounts.ts';
import { field } from './object-metrics.ts';
import type { Sample } from './text-format.ts';

const BYTES = new Set(['memory', 'storage', 'ephemeral-storage']);

/** Undefined: a native resource that it does not report. */
function unit(resource: string): string | undefined {
  if (resource === 'cpu') return 'core';
  if (BYTES.has(resource) || resource.startsWith('hugepages-') || resource.startsWith('attachable-volumes-'))
    return 'byte';
  return resource === 'pods' || resource.includes('/') ? 'integer' : undefined;
}

export function amounts(owner: unknown, path: string): readonly Sample[] {
  return Object.entries((field(owner, path) as Readonly<Record<string, string>> | undefined) ?? {}).flatMap(
    ([resource, amount]) => {
      const [value, measure] = [parseQuantity(amount), unit(resource)];
      if (value === undefined || measure === undefined) return [];
      return [{ labels: { resource: resource.replaceAll(/\W/g, '_'), unit: measure }, value }];
    },
  );
}
