import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../api/kube.ts';
import { createSandbox } from '../sandbox/index.ts';
import { VirtualClock } from '../std/clock.ts';
import { Prng } from '../std/prng.ts';
import { runOperator } from './operator.ts';
import { type AuditEntry, DEFAULT_OPERATOR_CONFIG, type Logger } from './ports.ts';

const crds = ['healingpolicies', 'healingactions'].map(
  (name) => parse(readFileSync(join(import.meta.dirname, `../../config/crd/bases/kubeskippy.io_${name}.yaml`), 'utf8')) as KubeObject,
);
const POLICIES = { group: 'kubeskippy.io', version: 'v1alpha1', resource: 'healingpolicies' };
const ACTIONS = { group: 'kubeskippy.io', version: 'v1alpha1', resource: 'healingactions' };
const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const PODS = { group: '', version: 'v1', resource: 'pods' };

async function start() {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, prng: new Prng(7), nodes: 2 });
  for (const crd of crds) sandbox.cluster.create(CRDS, crd);
  await clock.advance(2000);
  const audit: AuditEntry[] = [];
  const logs: string[] = [];
  const log = (fields: unknown, message: string) => void logs.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { info: log, warn: log, error: log };
  const stop = new AbortController();
  const running = runOperator(
    { clock, prng: new Prng(3), transport: sandbox.transport(), audit: { record: async (entry) => void audit.push(entry) }, logger },
    DEFAULT_OPERATOR_CONFIG,
    stop.signal,
  );
  return {
    clock,
    sandbox,
    audit,
    logs,
    stop: async () => {
      stop.abort();
      await clock.advance(1000);
      await running;
      await sandbox.close();
    },
  };
}

const deployment = (name: string, script?: unknown): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: {
        labels: { app: name },
        ...(script !== undefined && { annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) } }),
      },
      spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
    },
  },
});

const policy = (spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'crash-loops', namespace: 'default' },
  spec: {
    mode: 'automatic',
    selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
    triggers: [{ name: 'looping', type: 'condition', conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' } }],
    actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'rolling' } }],
    safetyRules: { requireHealthCheck: true },
    ...spec,
  },
});

describe('the operator on the embedded cluster', () => {
  it('heals a crash-looping Deployment once and leaves a healthy one alone', async () => {
    const world = await start();
    world.sandbox.cluster.create(DEPLOYMENTS, deployment('healthy'));
    world.sandbox.cluster.create(DEPLOYMENTS, deployment('looping', [{ when: { revision: 1 }, exit: { after: '2s', code: 1 } }]));
    world.sandbox.cluster.create(POLICIES, policy());
    const done = await world.clock.advanceUntil(
      () =>
        world.sandbox.cluster.list(ACTIONS).some((action) => (action['status'] as { phase?: string } | undefined)?.phase === 'Succeeded'),
      900_000,
    );
    const actions = world.sandbox.cluster.list(ACTIONS);
    if (!done)
      console.log(
        world.logs.slice(-20).join('\n'),
        JSON.stringify(world.sandbox.cluster.list(POLICIES)[0]?.['status'], null, 1),
        JSON.stringify(
          actions.map((a) => a['status']),
          null,
          1,
        ),
        JSON.stringify(world.sandbox.cluster.list(PODS).map((p) => p['status'])).slice(0, 3000),
      );
    expect(done).toBe(true);
    expect(actions).toHaveLength(1);
    expect(world.audit.map(({ entry }) => entry)).toEqual(['intent', 'outcome']);
    expect(world.sandbox.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'healthy' })?.metadata.generation).toBe(1);
    await world.stop();
  });
});
