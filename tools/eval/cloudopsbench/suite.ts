/** Cloud-OpsBench, where its folder is given: one system of it, every case analysed by the rules. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { analyze } from '../../../src/core/analysis/analyze.ts';
import type { CauseName } from '../../../src/core/analysis/causes/index.ts';
import type { Finding } from '../../../src/core/analysis/finding.ts';
import type { Snapshot } from '../../../src/core/analysis/snapshot.ts';
import { Score } from '../score.ts';
import { casesIn, readCase } from './case.ts';
import { meantBy } from './labels.ts';

export interface Suite {
  readonly score: Score;
  readonly mistakes: readonly string[];
  readonly unknown: readonly string[];
}

/** `folder` holds the systems, or is one. */
export function cloudOpsBench(folder: string, system: string): Suite {
  const at = [join(folder, system), join(folder, 'benchmark', system), folder].find((one) => existsSync(one)) ?? folder;
  const score = new Score();
  const mistakes: string[] = [];
  const unknown = new Set<string>();
  for (const name of casesIn(at)) {
    const { label, snapshot } = readCase(at, name);
    const meant = meantBy(label.root_cause);
    if (meant === undefined) unknown.add(label.root_cause);
    const analysis = analyze(snapshot);
    const { right, found } = score.add(
      {
        family: label.fault_taxonomy,
        causes: meant?.causes ?? (['ApplicationCrashes'] as const),
        object: ({ findings }, index) => objectsOf(findings[index], snapshot).has(label.fault_object),
        fits: meant?.fits ?? [],
        harmful: meant?.harmful ?? [],
      },
      analysis,
    );
    const [best] = analysis.findings;
    if (!right)
      mistakes.push(
        `${name} ${label.root_cause} of ${label.fault_object}: ${found.slice(0, 4).join(', ') || 'abstained'}; ${best?.text ?? ''}`,
      );
    else if (!objectsOf(best, snapshot).has(label.fault_object))
      mistakes.push(`${name} OBJECT ${label.fault_object}: ${[...objectsOf(best, snapshot)].join(', ')}`);
  }
  return { score, mistakes, unknown: [...unknown] };
}

/** As the benchmark names objects: `app/web`, `node/worker-1`, `namespace/shop`. */
function objectsOf(finding: Finding<CauseName> | undefined, snapshot: Snapshot): ReadonlySet<string> {
  if (finding === undefined) return new Set();
  const { root, shows } = finding;
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
