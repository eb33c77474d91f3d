/** What can be read of the operator itself: its Lease and the kill switch. */
import { ANNOTATIONS, LEASE_NAME, leaseOfShard, MAX_SHARDS, PAUSE_CONFIG_MAP } from '../../api/names.ts';
import { pauseText } from '../../core/pause.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ResourceRef } from '../../kube/resource.ts';
import { CONFIG_MAPS, LEASES } from '../../kube/well-known.ts';
import { given } from '../../std/given.ts';
import type { listOf } from '../healing-objects.ts';
import type { OperatorSeen, Read } from './glance.ts';

type Reading = Parameters<typeof listOf>[0];

/** A person who may not read the operator's namespace still sees the rest. */
export async function operatorSeen(reading: Reading, namespace: string): Promise<OperatorSeen> {
  const read = async (type: ResourceRef, name: string): Promise<Read> => {
    try {
      const object = await reading.client.get(type, { namespace, name }, { signal: reading.signal });
      return { kind: 'found', object };
    } catch (error) {
      if (!isKubeError(error)) throw error;
      return error.status === 404 ? { kind: 'absent' } : { kind: 'unreadable', why: error.message };
    }
  };
  const [lease, pause] = await Promise.all([read(LEASES, LEASE_NAME), read(CONFIG_MAPS, PAUSE_CONFIG_MAP)]);
  const count = lease.kind === 'found' ? Number(lease.object.metadata.annotations?.[ANNOTATIONS.shards] ?? 1) : 1;
  const beside = count > 1 && count <= MAX_SHARDS ? Array.from({ length: count - 1 }, (_, at) => at + 1) : [];
  const others = await Promise.all(beside.map((shard) => read(LEASES, leaseOfShard(shard))));
  return { lease, ...(others.length > 0 && { others }), ...given({ paused: pausedText(pause) }) };
}

function pausedText(pause: Read): string | undefined {
  switch (pause.kind) {
    case 'absent':
      return undefined;
    case 'unreadable':
      return `the kill switch cannot be read: ${pause.why}`;
    case 'found':
      return pauseText(pause.object);
  }
}
