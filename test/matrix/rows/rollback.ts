import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Row } from '../row.ts';
import { changed, firstContainer, ROLLING, WORKLOADS, type WorkloadKind, workloadRow } from '../targets.ts';

const releaseOf = (object: KubeObject): string | undefined => firstContainer(object)?.image?.split(':')[1];

/** Its second release has been rolled out. */
function released(kind: WorkloadKind): Row['setUp'] {
  const { resource, setUp } = workloadRow(kind);
  return async (world) => {
    await setUp(world);
    await world.clock.advance(60_000);
    world.cluster.modify(resource, { namespace: 'default', name: 'web' }, (draft) => {
      draft['spec'].template.spec.containers[0].image = 'registry.example/app:2';
      return draft;
    });
  };
}

export const rollbackRows: readonly Row[] = ROLLING.map((kind) => ({
  type: 'rollback',
  ...workloadRow(kind),
  setUp: released(kind),
  action: { type: 'rollback' },
  acted: (target) => releaseOf(target) === '1',
  effects: { resource: WORKLOADS[kind], of: changed('web', releaseOf, (release) => `release ${release}`) },
  once: ['release 1'],
  undone: ['release 2'],
}));
