import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../test/kit/core-data.ts';
import { Cache } from '../../kube/cache.ts';
import { apiVersionOf, type ResourceType } from '../../kube/resource.ts';
import { NODES, PODS } from '../../kube/well-known.ts';
import { WatchedKinds } from './watched-kinds.ts';

function kinds() {
  const watched: ResourceType[] = [PODS];
  const begun: unknown[] = [];
  const asked: string[] = [];
  const isOf = (apiVersion: string, kind: string) => (type: ResourceType) =>
    apiVersionOf(type) === apiVersion && type.kind === kind;
  const all = new WatchedKinds({
    world: {
      typeOf: (apiVersion, kind) => watched.find(isOf(apiVersion, kind)),
      watch: (type) => {
        watched.push(type);
        return new Cache();
      },
    },
    discovery: {
      resolve: async (apiVersion, kind) => {
        asked.push(kind);
        return [PODS, NODES].find(isOf(apiVersion, kind));
      },
    },
    onWatched: (cache) => void begun.push(cache),
  });
  return { all, asked, begun };
}
const selecting = (...resources: readonly object[]) => policyOf({ selector: { resources } });
const [pod, node, widget] = [
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Node' },
  { apiVersion: 'example.com/v1', kind: 'Widget' },
];

describe('the kinds that a policy selects', () => {
  it('are watched from their first use on, once', async () => {
    const { all, asked, begun } = kinds();
    expect(await all.watch(selecting(pod, node))).toEqual([]);
    expect(await all.watch(selecting(node))).toEqual([]);
    expect([asked, begun.length]).toEqual([['Node'], 1]);
  });

  it('are told when the server does not serve them, and asked for again', async () => {
    const { all, asked, begun } = kinds();
    const problem = { path: 'spec.selector.resources[example.com/v1/Widget]', reason: 'UnknownKind' };
    expect(await all.watch(selecting(widget, pod))).toMatchObject([problem]);
    expect(await all.watch(selecting(widget))).toMatchObject([problem]);
    expect([asked, begun]).toEqual([['Widget', 'Widget'], []]);
  });

  it('are resolved without being watched', async () => {
    const { all, begun } = kinds();
    expect([await all.resolve('v1', 'Node'), await all.resolve('v1', 'Pod'), begun]).toEqual([NODES, PODS, []]);
    expect(await all.resolve('example.com/v1', 'Widget')).toBeUndefined();
  });
});
