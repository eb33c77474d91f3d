import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../test/kit/core-data.ts';
import { Cache } from '../../kube/cache.ts';
import { KubeError } from '../../kube/errors.ts';
import { apiVersionOf, type ResourceType } from '../../kube/resource.ts';
import { NODES, PODS } from '../../kube/well-known.ts';
import { WatchedKinds } from './watched-kinds.ts';

const EVENTS_REFUSED =
  'events is forbidden: User "u" cannot list resource "events" in API group "" at the cluster scope';

function kinds() {
  const watched: ResourceType[] = [PODS];
  const heard = { begun: 0, ended: 0 };
  const asked: string[] = [];
  const refused = new Map<string, number>();
  const isOf = (apiVersion: string, kind: string) => (type: ResourceType) =>
    apiVersionOf(type) === apiVersion && type.kind === kind;
  const all = new WatchedKinds({
    world: {
      typeOf: (apiVersion, kind) => watched.find(isOf(apiVersion, kind)),
      watch: (type) => {
        if (watched.includes(type)) return undefined;
        watched.push(type);
        return new Cache();
      },
      unwatch: (type) => void watched.splice(watched.indexOf(type), 1),
      refusalOf: ({ kind }) => {
        const status = refused.get(kind);
        return status === undefined
          ? undefined
          : new KubeError('refused', { code: 'Refused', delivered: 'no', status });
      },
      events: {
        get refusal() {
          const status = refused.get('Event');
          if (status === undefined) return undefined;
          return new KubeError(EVENTS_REFUSED, { code: 'Forbidden', delivered: 'yes', status });
        },
      },
    },
    discovery: {
      resolve: async (apiVersion, kind) => {
        asked.push(kind);
        return [PODS, NODES].find(isOf(apiVersion, kind));
      },
    },
    onWatched: () => {
      heard.begun++;
      return () => void heard.ended++;
    },
  });
  return { all, asked, heard, refused, watched };
}
const selecting = (...resources: readonly object[]) => policyOf({ selector: { resources } });
const [pod, node, widget] = [
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'Node' },
  { apiVersion: 'example.com/v1', kind: 'Widget' },
];

describe('the kinds that a policy selects', () => {
  it('are watched from their first use on, once', async () => {
    const { all, asked, heard } = kinds();
    expect(await all.watch('a', selecting(pod, node))).toEqual([]);
    expect(await all.watch('b', selecting(node))).toEqual([]);
    expect([asked, heard.begun]).toEqual([['Node'], 1]);
  });

  it.each<[string, ReturnType<typeof selecting> | undefined]>([
    ['is gone', undefined],
    ['selects another', selecting(pod)],
  ])('are let go when the last policy that selects them %s', async (_title, after) => {
    const { all, heard, watched } = kinds();
    await all.watch('a', selecting(node));
    await all.watch('b', selecting(node));
    await all.watch('a', after);
    expect([watched, heard.ended]).toEqual([[PODS, NODES], 0]);
    await all.watch('b', after);
    expect([watched, heard.ended]).toEqual([[PODS], 1]);
  });

  it('are watched for ever when every decision needs them', async () => {
    const { all, watched } = kinds();
    await all.watch('a', selecting(pod));
    await all.watch('a', undefined);
    expect(watched).toEqual([PODS]);
  });

  it('are told when the server does not serve them, and asked for again', async () => {
    const { all, asked, heard } = kinds();
    const problem = { path: 'spec.selector.resources[example.com/v1/Widget]', reason: 'UnknownKind' };
    expect(await all.watch('a', selecting(widget, pod))).toMatchObject([problem]);
    expect(await all.watch('a', selecting(widget))).toMatchObject([problem]);
    expect([asked, heard.begun]).toEqual([['Widget', 'Widget'], 0]);
  });

  it.each([
    [403, 'Forbidden'],
    [404, 'UnknownKind'],
  ])('are told for as long as the server answers %i', async (status, reason) => {
    const { all, refused } = kinds();
    refused.set('Node', status);
    expect(await all.watch('a', selecting(node, pod))).toMatchObject([
      { path: 'spec.selector.resources[v1/Node]', reason },
    ]);
    refused.clear();
    expect(await all.watch('a', selecting(node, pod))).toEqual([]);
  });

  it('name the rule that is missing', async () => {
    const { all, refused } = kinds();
    refused.set('Node', 403);
    const [problem] = await all.watch('a', selecting(node));
    expect(problem?.message).toContain('{apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"]}');
  });

  it('tell of Events that cannot be read where the policy counts them', async () => {
    const { all, refused } = kinds();
    const policy = policyOf({
      selector: { resources: [pod] },
      triggers: [{ name: 'e', type: 'event', eventTrigger: { reason: 'BackOff' } }],
    });
    expect(await all.watch('a', policy)).toEqual([]);
    refused.set('Event', 403);
    expect(await all.watch('a', policy)).toMatchObject([
      { path: 'spec.triggers', reason: 'Forbidden', message: expect.stringContaining('resources: ["events"]') },
    ]);
    expect(await all.watch('b', selecting(pod))).toEqual([]);
  });

  it('are resolved without being watched', async () => {
    const { all, heard } = kinds();
    expect([await all.resolve('v1', 'Node'), await all.resolve('v1', 'Pod'), heard.begun]).toEqual([NODES, PODS, 0]);
    expect(await all.resolve('example.com/v1', 'Widget')).toBeUndefined();
  });
});
