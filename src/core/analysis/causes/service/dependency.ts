/** Addresses in a template that no Service answers for, and Services that they may have been meant for. */
import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Found } from '../../finding.ts';
import type { WorkloadObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { type Address, addressesOf, destinationOf } from './addresses.ts';

interface Unanswered {
  readonly address: Address;
  readonly name: string;
  /** A Service whose name is so alike that it was likely meant. */
  readonly meant: string | undefined;
}

export function unanswered(workload: WorkloadObject, snapshot: Snapshot): readonly Unanswered[] {
  const { namespace } = workload.metadata;
  if ((workload.spec?.replicas ?? 1) === 0) return [];
  const addresses = addressesOf(workload.spec?.template?.spec);
  const called = new Set(
    addresses.flatMap((address) => {
      const destination = destinationOf(address, namespace, snapshot);
      return destination.kind === 'service' ? [destination.service.metadata.name] : [];
    }),
  );
  return addresses.flatMap((address) => {
    const destination = destinationOf(address, namespace, snapshot);
    if (destination.kind !== 'missing') return [];
    // A single word without a port may be anything: a name, a mode.
    if (address.port === undefined && !address.host.includes('.')) return [];
    const { name } = destination;
    const meant = snapshot
      .in('Service', namespace)
      .map(({ metadata }) => metadata.name)
      .find((service) => !called.has(service) && isAlike(service, name));
    return [{ address, name, meant }];
  });
}

export function unansweredFound(workload: WorkloadObject, { address, name, meant }: Unanswered): Found {
  const at = `${address.host}${address.port === undefined ? '' : `:${address.port}`}`;
  return {
    text: `${workload.metadata.name} looks for ${at} (${address.variable}), and there is no such Service${meant === undefined ? '' : `: ${meant} may be meant`}.`,
    evidence: [
      fieldEvidence(
        refOf(workload),
        `env:${address.variable}`,
        `${address.variable} names ${at}, and there is no Service ${name}`,
      ),
    ],
  };
}

/** One holds the other, or at most two letters differ: `store` and `store-old`, `catalog` and `catalgo`. */
export function isAlike(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) >= 4 && (a.includes(b) || b.includes(a))) return true;
  return Math.abs(a.length - b.length) <= 2 && distance(a, b) <= 2;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
