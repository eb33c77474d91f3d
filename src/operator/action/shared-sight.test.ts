import { describe, expect, it } from 'vitest';
import { T0 } from '../../../test/kit/core-data.ts';
import { KubeError } from '../../kube/errors.ts';
import { NODES, PODS } from '../../kube/well-known.ts';
import { SharedSight } from './shared-sight.ts';

function sighting() {
  const asked: string[] = [];
  const world = { now: T0, allowed: true, fails: false };
  const never = () => Promise.reject(new Error('not asked for'));
  const shared = new SharedSight(
    {
      find: never,
      get: never,
      list: never,
      listPage: async (type) => {
        asked.push(type.resource);
        if (world.fails) throw new KubeError('gone', { code: 'Timeout', delivered: 'maybe' });
        return { items: [], resourceVersion: '1' } as never;
      },
      request: async ({ body }) => {
        const { spec } = JSON.parse(String(body)) as { readonly spec: { readonly resourceAttributes: object } };
        asked.push(Object.values(spec.resourceAttributes).join(' '));
        if (world.fails) throw new KubeError('gone', { code: 'Timeout', delivered: 'maybe' });
        return { status: 201, value: { status: { allowed: world.allowed } }, headers: {} };
      },
    },
    { now: () => world.now },
  );
  return { shared, asked, world };
}

describe('a right of the account', () => {
  it('is asked for once a minute, for each verb, kind and namespace', async () => {
    const { shared, asked, world } = sighting();
    const create = { verb: 'create', type: PODS, namespace: 'shop' };
    expect([await shared.mayI(create), await shared.mayI(create)]).toEqual([true, true]);
    await shared.mayI({ ...create, namespace: 'other' });
    await shared.mayI({ verb: 'list', type: NODES });
    expect(asked).toEqual(['create  pods shop', 'create  pods other', 'list  nodes']);
    world.allowed = false;
    world.now += 59_999;
    expect(await shared.mayI(create)).toBe(true);
    world.now += 1;
    expect(await shared.mayI(create)).toBe(false);
  });

  it('is asked for again when no answer came, and when the clock was set back', async () => {
    const { shared, asked, world } = sighting();
    world.fails = true;
    await expect(shared.mayI({ verb: 'list', type: NODES })).rejects.toThrow('gone');
    world.fails = false;
    expect(await shared.mayI({ verb: 'list', type: NODES })).toBe(true);
    world.now -= 3_600_000;
    await shared.mayI({ verb: 'list', type: NODES });
    expect(asked).toHaveLength(3);
  });
});

describe('the page of nodes', () => {
  it('is read once for plans of the same moment', async () => {
    const { shared, asked, world } = sighting();
    await Promise.all([shared.nodes('a moment ago'), shared.nodes('a moment ago')]);
    world.now += 4999;
    await shared.nodes('a moment ago');
    expect(asked).toHaveLength(1);
    world.now += 1;
    await shared.nodes('a moment ago');
    expect(asked).toHaveLength(2);
  });

  it('is read anew for a plan that changes nodes, and when the last read failed', async () => {
    const { shared, asked, world } = sighting();
    await shared.nodes('a moment ago');
    await shared.nodes('now');
    expect(asked).toHaveLength(2);
    world.now += 5000;
    world.fails = true;
    await expect(shared.nodes('a moment ago')).rejects.toThrow('gone');
    world.fails = false;
    await shared.nodes('a moment ago');
    expect(asked).toHaveLength(4);
  });
});
