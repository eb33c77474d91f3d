import { afterEach, expect, test } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './index.ts';
import { DEPLOYMENTS } from './runtime/resources.ts';
import type { Deployment } from './runtime/shapes.ts';

const open: Sandbox[] = [];
afterEach(() => {
  for (const sandbox of open.splice(0)) void sandbox.close();
});

async function start(options: Partial<SandboxOptions> = {}): Promise<{ clock: VirtualClock; sandbox: Sandbox }> {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, ...options });
  open.push(sandbox);
  await clock.advance(1000);
  return { clock, sandbox };
}

test('a Deployment becomes available', async () => {
  const { clock, sandbox } = await start();
  sandbox.cluster.create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'app:1' }] } },
    },
  });
  await clock.advance(5000);
  const d = sandbox.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' }) as Deployment;
  expect(d.status?.availableReplicas).toBe(3);
});
