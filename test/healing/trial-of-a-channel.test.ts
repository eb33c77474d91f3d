/** The trial that the page about channels shows, as it stands there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import type { EndpointCall } from '../../src/operator/ports.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { ACTIONS, DEPLOYMENTS, NAMESPACES } from '../kit/resources.ts';
import { deployment, TestCluster } from '../kit/test-cluster.ts';

it('an action by hand of type notify tells its channel once, and succeeds', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/notifications.md'), 'utf8');
  const [, shown = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const trial = parse(shown) as KubeObject;
  const world = new TestCluster();
  world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const web = deployment('web', []);
  world.cluster.create(DEPLOYMENTS, { ...web, metadata: { ...web.metadata, namespace: 'shop' } });
  const calls: EndpointCall[] = [];
  world.operator({
    config: { handMade: { unproven: 'accept' } },
    actions: {
      settings: { ...DEFAULT_ACTION_SETTINGS, channels: ['on-call'] },
      endpoints: {
        send: async (call) => {
          calls.push(call);
          return { kind: 'answered', status: 200 };
        },
      },
    },
  });
  world.cluster.create(ACTIONS, trial);
  expect(await world.until(() => world.phases()[0] === 'Succeeded')).toBe(true);
  expect(calls.map(({ endpoint, body }) => [endpoint, body.includes('A trial of the channel')])).toEqual([
    ['on-call', true],
  ]);
});
