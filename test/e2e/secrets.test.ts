/**
 * I32: healings of every type, on workloads with secrets, by an operator whose endpoints have secrets, well and in
 * vain, with approval and dry. No secret value is in what the operator writes: its objects, Events, logs, audit trail,
 * metrics, recorded decisions, and what it tells people.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpEndpoints } from '../../src/adapters/notify/http-endpoints.ts';
import { operatorMetrics } from '../../src/adapters/operator-metrics.ts';
import type { EndpointSettings } from '../../src/api/endpoint-schema.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { loadPlugins } from '../../src/cli/load-plugins.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { EndpointCall } from '../../src/operator/ports.ts';
import { DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import type { DecisionRecord } from '../../src/core/replay/decision-record.ts';
import { systemClock, toTimestamp } from '../../src/std/clock.ts';
import { MIRROR } from '../kit/example-scenes.ts';
import { policy, TestCluster } from '../kit/test-cluster.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const PLANTED = ['variable', 'data', 'applied', 'cron', 'key', 'token', 'path'].map((what) => `planted-${what}-4711`);
const [VARIABLE = '', DATA = '', APPLIED = '', CRON = '', KEY = '', TOKEN = '', PATH = ''] = PLANTED;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const core = (resource: string) => ({ group: '', version: 'v1', resource });
const batch = (resource: string) => ({ group: 'batch', version: 'v1', resource });
const FOREVER = [{ exit: { after: '2s', code: 1, message: 'cannot log in' } }];
const ONCE = [{ when: { revision: 1 }, exit: { after: '2s', code: 1 } }];

const secretive = (name: string, script: unknown): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name,
    namespace: 'default',
    labels: { app: name },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: APPLIED }) },
  },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'registry.example/app:1',
            resources: { limits: { memory: '64Mi' } },
            env: [
              { name: 'PASSWORD', value: VARIABLE },
              { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'login', key: 'token' } } },
            ],
          },
        ],
      },
    },
  },
});

const repair: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'repair', namespace: 'default' },
  spec: {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: {
      spec: {
        template: {
          metadata: {
            annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify({ exit: { after: '5s', code: 0 } }) },
          },
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'main', image: 'registry.example/repair:1', env: [{ name: 'LOGIN', value: CRON }] }],
          },
        },
      },
    },
  },
};

/** Each has a workload of its name. */
const HEALINGS: readonly {
  readonly name: string;
  readonly script: unknown;
  readonly action: object;
  readonly mode?: string;
}[] = [
  { name: 'restart', script: ONCE, action: { type: 'restart' } },
  { name: 'restart-in-vain', script: FOREVER, action: { type: 'restart' } },
  { name: 'graceful', script: FOREVER, action: { type: 'restart', restartAction: { strategy: 'graceful' } } },
  { name: 'recreate', script: FOREVER, action: { type: 'restart', restartAction: { strategy: 'recreate' } } },
  { name: 'scale', script: FOREVER, action: { type: 'scale', scaleAction: { direction: 'up', replicas: 1 } } },
  {
    name: 'patch',
    script: FOREVER,
    action: { type: 'patch', patchAction: { type: 'strategic', patch: '{metadata: {labels: {pool: spare}}}' } },
  },
  {
    name: 'rollback',
    script: [{ when: { revision: 2 }, exit: { after: '2s', code: 1 } }],
    action: { type: 'rollback' },
  },
  { name: 'resize', script: FOREVER, action: { type: 'resize', resizeAction: { memory: { factor: 2, max: '1Gi' } } } },
  { name: 'delete', script: FOREVER, action: { type: 'delete' } },
  { name: 'job', script: FOREVER, action: { type: 'job', jobAction: { template: 'repair' } } },
  { name: 'webhook', script: FOREVER, action: { type: 'webhook', webhookAction: { name: 'runbooks' } } },
  { name: 'webhook-fails', script: FOREVER, action: { type: 'webhook', webhookAction: { name: 'broken' } } },
  { name: 'webhook-gone', script: FOREVER, action: { type: 'webhook', webhookAction: { name: 'gone' } } },
  { name: 'notify', script: FOREVER, action: { type: 'notify' } },
  {
    name: 'custom',
    script: FOREVER,
    action: {
      type: 'custom',
      customAction: { executor: 'image-mirror', parameters: { from: 'registry.example/', to: 'mirror.example/' } },
    },
  },
  { name: 'manual', script: FOREVER, action: { type: 'restart' }, mode: 'manual' },
  { name: 'dry', script: FOREVER, action: { type: 'job', jobAction: { template: 'repair' } }, mode: 'dryrun' },
];

/** Nodes on which a component writes a planted text into an annotation. */
const NODE_HEALINGS = ['cordon', 'drain'].map((name, at) => ({ name, node: `node-${at + 1}` }));

const nodePolicy = ({ name, node }: (typeof NODE_HEALINGS)[number]): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name, namespace: DEFAULT_NAMESPACE },
  spec: {
    mode: 'automatic',
    selector: {
      resources: [{ apiVersion: 'v1', kind: 'Node' }],
      labelSelector: { matchLabels: { 'kubernetes.io/hostname': node } },
    },
    triggers: [{ name: 'told', type: 'event', eventTrigger: { reason: 'Broken', count: 1, window: '10m' } }],
    actions: [{ name: 'act', type: name }],
    safetyRules: { requireHealthCheck: true, healthCheckTimeout: '1m' },
  },
});

const policyFor = ({ name, action, mode = 'automatic' }: (typeof HEALINGS)[number]): KubeObject => {
  const made = policy({
    mode,
    selector: {
      resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
      labelSelector: { matchLabels: { app: name } },
    },
    actions: [{ name: 'act', ...action }],
    safetyRules: { requireHealthCheck: true, healthCheckTimeout: '1m' },
  });
  return { ...made, metadata: { ...made.metadata, name } };
};

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-secrets-'));
const received: string[] = [];
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push(body);
      response.writeHead(request.url?.startsWith('/broken') ? 500 : request.url?.startsWith('/gone') ? 404 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Signed, with a token, at an address that is a secret itself. */
function endpoint(
  name: string,
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
): EndpointSettings {
  const file = (setting: string, text: string): string => {
    const path = join(folder, `${name}-${setting}`);
    writeFileSync(path, text);
    return path;
  };
  return {
    name,
    type: 'webhook',
    timeoutMs: 5000,
    urlFile: file('url', `${origin}/${name}/${PATH}`),
    signingKeyFile: file('key', KEY),
    bearerTokenFile: file('token', TOKEN),
  };
}

/** Every kind of action heals, fails or waits, with secrets wherever a secret may lie. */
async function playAll(metrics: Registry) {
  const world = new TestCluster(5);
  const { cluster, clock } = world;
  cluster.create(core('secrets'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: 'default' },
    data: { token: base64(DATA) },
  });
  cluster.create(batch('cronjobs'), repair);
  for (const { name, script } of HEALINGS) cluster.create(DEPLOYMENTS, secretive(name, script));
  const settings = ['runbooks', 'broken', 'gone', 'ops'].map((name) => endpoint(name));
  const down = endpoint('down', 'http://127.0.0.1:1');
  const real = httpEndpoints([...settings, down], systemClock);
  const calls = new Set<Promise<unknown>>();
  const send = (call: EndpointCall) => {
    const answer = real.send(call);
    calls.add(answer);
    return answer.finally(() => calls.delete(answer));
  };
  await clock.advance(20_000);
  cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'rollback' }, (draft) => {
    draft['spec'].template.spec.containers[0].image = 'registry.example/app:2';
    return draft;
  });
  for (const healing of HEALINGS) cluster.create(POLICIES, policyFor(healing));
  cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: DEFAULT_NAMESPACE } });
  for (const healing of NODE_HEALINGS) {
    const { node, name } = healing;
    const marked = cluster.modify(core('nodes'), { name: node }, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, 'example.com/join-token': APPLIED };
      return draft;
    });
    cluster.create(POLICIES, nodePolicy(healing));
    cluster.create(core('events'), {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: node, uid: marked?.metadata.uid },
      reason: 'Broken',
      type: 'Warning',
      message: 'as the play wants it',
      count: 1,
      lastTimestamp: toTimestamp(clock.now()),
    });
  }
  const decisions: DecisionRecord[] = [];
  const running = world.operator({
    config: {
      maxConcurrent: 100,
      // All of them fail at once, and are to be healed.
      commonCause: { minWorkloads: 1000, sharePercent: 100 },
      notifications: { channels: ['ops', 'down'], reasons: ['EpisodeExhausted', 'UndoFailed', 'ApprovalRequired'] },
    },
    actions: {
      registry: actionRegistry({ disabled: [], plugins: await loadPlugins([MIRROR]) }),
      settings: { ...DEFAULT_ACTION_SETTINGS, endpoints: ['runbooks', 'broken', 'gone'], channels: ['ops', 'down'] },
      endpoints: { send },
      observer: operatorMetrics(metrics),
      recorder: { keep: (record) => void decisions.push(structuredClone(record)) },
    },
  });
  // Real calls take real time, in which the cluster's clock stands still.
  for (let second = 0; second < 1200; second++) {
    await clock.advance(1000);
    await Promise.all(calls);
  }
  return { cluster, running, decisions };
}

it('no secret is in anything that the operator writes or tells (I32)', async () => {
  const metrics = new Registry();
  const { cluster, running, decisions } = await playAll(metrics);
  const actions = cluster.list(ACTIONS);
  const endOf = (name: string): string => {
    const found = actions.find(({ metadata }) => metadata.labels?.['kubeskippy.io/policy'] === name);
    const { phase = 'none', undo } = (found?.['status'] ?? {}) as {
      readonly phase?: string;
      readonly undo?: { readonly state: string };
    };
    return undo === undefined ? phase : `${phase} ${undo.state}`;
  };
  expect(Object.fromEntries([...HEALINGS, ...NODE_HEALINGS].map(({ name }) => [name, endOf(name)]))).toMatchObject({
    graceful: 'Failed NotPossible',
    cordon: 'Succeeded',
    drain: 'Succeeded',
    restart: 'Succeeded',
    scale: 'Failed Done',
    patch: 'Failed Done',
    rollback: 'Succeeded',
    delete: 'Succeeded',
    job: 'Failed NotPossible',
    webhook: 'Failed NotPossible',
    custom: 'Failed Done',
    manual: 'Pending',
    dry: 'Succeeded',
  });
  // What is sent has what is kept out of the records.
  expect(JSON.stringify(cluster.list(batch('jobs')))).toContain(CRON);

  const written: Readonly<Record<string, unknown>> = {
    actions,
    policies: cluster.list(POLICIES),
    events: cluster.list(core('events')),
    logs: running.logs,
    audit: running.audit,
    metrics: await metrics.metrics(),
    decisions,
    told: received,
  };
  for (const [where, what] of Object.entries(written)) {
    const text = JSON.stringify(what);
    expect(text.length, where).toBeGreaterThan(100);
    expect(
      PLANTED.filter((secret) => text.includes(secret) || text.includes(base64(secret))),
      where,
    ).toEqual([]);
  }
});
