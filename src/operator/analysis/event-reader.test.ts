import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { EventReader } from './event-reader.ts';
import type { PartRead } from './part-reader.ts';

const event = (namespace: string, kind: string, name: string, of: string | undefined = namespace): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `${name}.1`, namespace, uid: `${namespace}-${name}`, managedFields: [{ manager: 'kubelet' }] },
  involvedObject: { kind, name, ...(of !== undefined && { namespace: of }) },
  reason: 'BackOff',
});

const web = { kind: 'Pod', namespace: 'shop', name: 'web' };
const node = { kind: 'Node', namespace: undefined, name: 'node-1' };

function reading(inNamespaces: Readonly<Record<string, PartRead>>) {
  const clock = new VirtualClock(0);
  const asked: string[] = [];
  const reader = new EventReader({
    clock,
    reader: {
      pages: async (_kind, { namespace = '' }) => {
        asked.push(namespace);
        return inNamespaces[namespace] ?? { items: [] };
      },
    },
  });
  const { signal } = new AbortController();
  return { clock, asked, naming: (...names: readonly (typeof web | typeof node)[]) => reader.naming(names, signal) };
}

describe('Events that a look reads', () => {
  it('are those about the objects that it names, without the managers of their fields', async () => {
    const items = [event('shop', 'Pod', 'web'), event('shop', 'Pod', 'other'), event('shop', 'Service', 'web')];
    const { naming, asked } = reading({ shop: { items } });
    const { events, gaps } = await naming(web);
    expect(events.map(({ metadata }) => metadata)).toEqual([{ name: 'web.1', namespace: 'shop', uid: 'shop-web' }]);
    expect([gaps, asked]).toEqual([[], ['shop']]);
  });

  it('lie where the API server takes those about nodes; others may write what they like', async () => {
    const about = (namespace: string) => event(namespace, 'Node', 'node-1', '');
    const { naming, asked } = reading({
      default: { items: [about('default')] },
      shop: { items: [about('shop'), event('shop', 'Pod', 'web')] },
    });
    const { events } = await naming(web, node);
    expect(events.map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'default']);
    expect(asked.toSorted()).toEqual(['default', 'kube-system', 'shop']);
  });

  it.each([
    ['few Events are read again after five seconds', 3, 5000],
    ['many for each that there is', 2000, 10_000],
    ['as many as are read, after 25 seconds', 5000, 25_000],
    ['a page more than that, after half a minute', 6001, 30_000],
  ])('of a namespace with %s', async (_title, count, sharedMs) => {
    const items = Array.from({ length: count }, (_, n) => event('shop', 'Pod', `web-${n}`));
    const { naming, asked, clock } = reading({ shop: { items } });
    await Promise.all([naming(web), naming(web)]);
    await clock.advance(sharedMs - 1);
    await naming(web);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await naming(web);
    expect(asked).toHaveLength(2);
  });

  it('of so many namespaces are kept that there are 20,000, those that were read last', async () => {
    const items = Array.from({ length: 5000 }, (_, n) => event('shop', 'Pod', `web-${n}`));
    const names = ['a', 'b', 'c', 'd', 'e'];
    const { naming, asked } = reading(Object.fromEntries(names.map((name) => [name, { items }])));
    for (const namespace of [...names, 'b', 'e', 'a']) await naming({ ...web, namespace });
    expect(asked).toEqual([...names, 'a']);
  });

  it('that cannot be read are a gap, and are asked for by the next look', async () => {
    const gap = { kind: 'Event', why: 'Forbidden' } as const;
    const { naming, asked } = reading({ shop: { items: [], gap } });
    expect(await naming(web)).toEqual({ events: [], gaps: [gap] });
    await naming(web);
    expect(asked).toEqual(['shop', 'shop']);
  });

  it('that are more than are read are a gap beside what was read', async () => {
    const gap = { kind: 'Event', namespace: 'shop', why: 'more than are read' } as const;
    const { naming, asked } = reading({ shop: { items: [event('shop', 'Pod', 'web')], gap } });
    const first = await naming(web);
    expect([first.events.length, first.gaps]).toEqual([1, [gap]]);
    await naming(web);
    expect(asked).toEqual(['shop']);
  });
});
