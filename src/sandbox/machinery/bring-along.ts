/**
 * Objects that come with a cluster. They are put where they are kept as a create would have left them, which a test
 * holds them to (apiserver/first-objects.test.ts): checking them anew would be a fifth of each start.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Cluster, Gvr } from './cluster.ts';

/** With a UID and a time, as if it were created now. */
export function bringAlong(cluster: Cluster, gvr: Gvr, object: KubeObject): KubeObject {
  const { generation, ...metadata } = object.metadata;
  return cluster.restore(gvr, {
    ...object,
    metadata: {
      ...metadata,
      uid: cluster.prng.uuid(),
      ...(generation === undefined ? {} : { generation }),
      creationTimestamp: toTimestamp(cluster.clock.now()),
    },
  });
}
