/** Cloud-OpsBench, where its folder is given: one system of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectRef } from '../../../src/core/analysis/evidence.ts';
import type { Snapshot } from '../../../src/core/analysis/snapshot.ts';
import type { Suite } from '../suite.ts';
import { casesIn, readCase } from './case.ts';
import { meantBy } from './labels.ts';

/** `folder` holds the systems, or is one. */
export function cloudOpsBench(folder: string, system: string): Suite {
  const at = [join(folder, system), join(folder, 'benchmark', system), folder].find((one) => existsSync(one)) ?? folder;
  return {
    title: `Cloud-OpsBench, ${system}`,
    names: casesIn(at),
    read: (name) => {
      const { label, snapshot } = readCase(at, name);
      const meant = meantBy(label.root_cause);
      if (meant === undefined) throw new Error(`no cause is known for the label ${label.root_cause} of ${name}`);
      return {
        name: `${name} ${label.root_cause} of ${label.fault_object}`,
        expected: {
          family: label.fault_taxonomy,
          ...meant,
          object: (root, shows) => objectsOf({ root, shows }, snapshot).has(label.fault_object),
        },
        snapshot,
      };
    },
  };
}

/** As the benchmark names objects: `app/web`, `node/worker-1`, `namespace/shop`. */
function objectsOf(
  { root, shows }: { readonly root: ObjectRef; readonly shows: readonly ObjectRef[] },
  snapshot: Snapshot,
): ReadonlySet<string> {
  if (root.kind === 'Node') return new Set([`node/${root.name}`]);
  if (root.kind === 'ResourceQuota') return new Set([`namespace/${root.namespace}`]);
  if (root.kind === 'Deployment' || root.kind === 'StatefulSet' || root.kind === 'DaemonSet')
    return new Set([`app/${root.name}`]);
  const apps = shows.flatMap((ref) => {
    const object = snapshot.find(ref.kind as 'Pod', ref);
    return object === undefined ? [] : [`app/${snapshot.rootOf(object).name}`];
  });
  // Of a claim, the pods that want it; of a Service, the app of its name.
  const wanting = snapshot
    .in('Pod', root.namespace)
    .filter(
      ({ spec }) =>
        root.kind === 'PersistentVolumeClaim' &&
        (spec?.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === root.name),
    )
    .map((pod) => `app/${snapshot.rootOf(pod).name}`);
  return new Set([...apps, ...wanting, `app/${root.name}`]);
}
