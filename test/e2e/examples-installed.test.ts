/**
 * Every example, healed by the operator of `dist/install.yaml`: in the embedded cluster over TLS, with RBAC and the
 * admission policies, one pod of its Deployment runs as a process with the arguments, the environment, the volumes and
 * the ServiceAccount that the manifest names. All examples are played at the same time.
 */
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { optIns } from '../../src/api/rbac.ts';
import { connect } from '../../src/cli/connect.ts';
import { begin, observe, type Progress } from '../../src/cli/demo/observe.ts';
import { SCENARIOS } from '../../src/cli/demo/scenarios.ts';
import { apply, look, readExample } from '../../src/cli/demo/stage.ts';
import { FILES_FOLDER } from '../../src/cli/install/operator-objects.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { systemClock } from '../../src/std/clock.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { type ExampleAction, exampleActions } from '../kit/example-actions.ts';
import { mend, MIRROR, SCENES, type Stage } from '../kit/example-scenes.ts';
import { kubectls } from '../kit/kubectl.ts';
import { NetworkStages } from '../kit/network-stages.ts';
import { hasOwnRoots, type OperatorPod, podProcess, type PodProcess } from '../kit/pod-process.ts';
import { ProcessCluster, PROGRAM, seen } from '../kit/process-cluster.ts';
import { DEPLOYMENTS, NODES, PODS } from '../kit/resources.ts';

const [kubectl] = kubectls();
const missing =
  kubectl === undefined
    ? 'kubectl'
    : hasOpenssl()
      ? hasOwnRoots()
        ? undefined
        : 'unshare, with the right to make namespaces,'
      : 'openssl';
if (missing !== undefined) console.log(`skipped: the examples on an installation need ${missing} which is not there`);

const ROOT = join(import.meta.dirname, '../..');
const SYSTEM = 'kubeskippy-system';
const IMAGE = 'registry.example/kubeskippy@sha256:0123456789';
const KEY = 'key-of-the-runbooks';
/**
 * A node counts as silent after 50 s, and the drain of it waits for another minute. A resize looks for two minutes
 * whether it helps. The rest is for a busy machine.
 */
const PLAY_MS = 300_000;
const LOOK_MS = 1000;

interface Played {
  readonly example: ExampleAction;
  readonly stage: Stage;
  begun: 'applied' | 'broken' | 'mended';
  actions: readonly ActionStatus[];
}

/**
 * What every example has beside the defaults: the receiver, the plugin, and no stop while all of them fail at once.
 * Files are kept in the one volume that the pods can write.
 */
const settingsFor = (port: number) => ({
  evaluationInterval: '5s',
  maxConcurrent: 40,
  commonCause: { minWorkloads: 100 },
  plugins: [MIRROR],
  auditFile: `${FILES_FOLDER}/audit.jsonl`,
  recordDecisions: `${FILES_FOLDER}/decisions`,
  endpoints: [
    { name: 'runbooks', url: `http://127.0.0.1:${port}/runbooks`, signingKeyFile: '/etc/kubeskippy-keys/runbooks.key' },
  ],
  channels: [
    { name: 'on-call', url: `http://127.0.0.1:${port}/on-call` },
    { name: 'shop-chat', type: 'slack', urlFile: '/etc/kubeskippy-keys/shop-chat.url' },
  ],
});

const namespaceOf = ({ name, policy }: ExampleAction): string =>
  JSON.stringify(policy).includes('{namespace=') ? 'default' : name;

describe.skipIf(missing !== undefined)('the operator of dist/install.yaml heals', () => {
  let cluster: ProcessCluster;
  let receiver: Server;
  let pod: PodProcess;
  const calls: string[] = [];
  let played: readonly Played[] = [];
  let progress: readonly Progress[] = [];

  beforeAll(async () => {
    cluster = await ProcessCluster.start({
      kubectl: kubectl ?? { path: '', version: '' },
      byToken: [],
      byCertificate: [],
      install: 'none',
      nodes: 6,
    });
    const environment = {
      env: {},
      stdout: { write: () => true },
      stderr: { write: () => true },
      clock: systemClock,
      signal: new AbortController().signal,
      random: Math.random,
    };
    const { transport } = await connect({ kubeconfig: cluster.kubeconfig }, environment);
    const client = new KubeClient({ transport, clock: systemClock });
    const stages = new NetworkStages(client);
    receiver = createServer((request, response) => {
      void received(request).then((text) => {
        calls.push(`${request.url} ${text}`);
        response.writeHead(202).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    pod = await installed(cluster, (receiver.address() as AddressInfo).port);
    ({ played, progress } = await play({ client, types: new Discovery(client), stages, calls }));
  }, PLAY_MS + 120_000);
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await cluster.end();
  });

  it.each(exampleActions().map(({ name }) => name))('actions/%s, once', (name) => {
    const { reason = 'Verified', healed, state } = SCENES[name] ?? {};
    const one = played.find(({ example }) => example.name === name);
    if (one === undefined) throw new Error(`${name} was not played`);
    expect(
      one.actions.map((status) => [status.phase, status.reason]),
      one.actions[0]?.message,
    ).toEqual([['Succeeded', reason]]);
    expect(state?.(one.stage)).toEqual(healed);
  });
  it.each(SCENARIOS)('$name, or leaves it as its file says: $expected', ({ name, expected }) => {
    expect(progress.find(({ scenario }) => scenario.name === name)?.outcome).toBe(expected);
  });
  it('with nothing forbidden to it, and by signed calls', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${pod.ports['metrics']}/metrics`)).text();
    expect(metrics).toMatch(/^kubeskippy_api_requests_total\{.*code="201"/m);
    expect(metrics.split('\n').filter((line) => /^kubeskippy_api_requests_total\{.*code="40[13]"/.test(line))).toEqual(
      [],
    );
    expect(calls.filter((call) => call.startsWith('/runbooks signed '))).toHaveLength(1);
  });
  it('with its audit trail and its decisions in the volume of files', async () => {
    const files = pod.volume('files');
    const verify = [PROGRAM, 'audit', 'verify', join(files, 'audit.jsonl')];
    expect(execFileSync(process.execPath, verify, { encoding: 'utf8' })).toMatch(/\d\d records/);
    expect(readdirSync(join(files, 'decisions')).length).toBeGreaterThan(played.length);
  });
  it('and ends in time when it is told to', async () => {
    const running = pod.process();
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});

/** `signed` or not, and the body. */
async function received(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const header = (name: string) => String(request.headers[name]);
  const signed = [header('x-kubeskippy-timestamp'), 'runbooks', header('idempotency-key'), body].join('.');
  const signature = `v2=${createHmac('sha256', KEY).update(signed).digest('hex')}`;
  return `${header('x-kubeskippy-signature') === signature ? 'signed' : 'unsigned'} ${body}`;
}

/** The manifest as `make` writes it, applied by kubectl; one of its pods, ready. */
async function installed(cluster: ProcessCluster, port: number): Promise<PodProcess> {
  const settings = join(cluster.folder('settings'), 'settings.yaml');
  writeFileSync(settings, stringify(settingsFor(port)));
  const allow = optIns.filter((one) => Object.values(SCENES).some((scene) => scene.allow?.includes(one)));
  const options = { cwd: ROOT, env: { ...process.env, IMAGE }, stdio: 'pipe' } as const;
  const args = `ARGS=--config ${settings} --allow ${allow.join(' ')}`;
  execFileSync('make', ['dist/install.yaml', '--old-file=dist/kubeskippy.js', args], options);
  await cluster.done('admin', ['apply', '--server-side', '-f', join(ROOT, 'dist/install.yaml')]);
  const keys = { 'runbooks.key': KEY, 'shop-chat.url': `http://127.0.0.1:${port}/shop-chat` };
  const metadata = { namespace: SYSTEM, name: 'kubeskippy-keys' };
  await cluster.done('admin', ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'Secret', metadata, stringData: keys });
  const [pod] = await seen(
    () => cluster.list(['pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/name=kubeskippy']),
    (found) => found.length === 2,
  );
  if (pod === undefined) throw new Error('the Deployment has no pod');
  const started = await podProcess(cluster, pod as OperatorPod, [join(ROOT, 'examples/plugins')]);
  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${started.ports['health']}/readyz`).catch(() => undefined);
    return answer === undefined ? 'no answer' : await answer.text();
  };
  expect(await seen(ready, (text) => text === 'ok'), cluster.log(pod.metadata.name)).toBe('ok');
  return started;
}

interface Play {
  readonly client: KubeClient;
  readonly types: Discovery;
  readonly stages: NetworkStages;
  readonly calls: readonly string[];
}

/** When the last one had ended, for people who look at the figures. */
const told = (from: number): void =>
  console.log(`all examples played by an installation: ${Math.round((systemClock.now() - from) / 1000)} s`);

async function play({ client, types, stages, calls }: Play) {
  const from = systemClock.now();
  const nodes: Record<string, string> = {};
  const played = exampleActions().map((example): Played => {
    const stage = stages.stage(namespaceOf(example), () => nodes[example.name] ?? '');
    return { example, stage, begun: 'applied', actions: [] };
  });
  const put = async ({ example, stage }: Played): Promise<void> => {
    if (stage.namespace !== 'default') await stages.makeNamespace(stage.namespace);
    await create({ client, types }, [...example.objects, example.policy], stage.namespace);
  };
  const drain = played.find(({ example }) => example.name === 'drain');
  if (drain !== undefined) nodes['drain'] = await nodeForDrain({ put, stages, drain });
  for (const one of played) if (one !== drain) await put(one);
  for (const scenario of SCENARIOS) await apply(client, await readExample(join(ROOT, 'examples'), scenario));

  let progress: readonly Progress[] = SCENARIOS.map((scenario) => begin(scenario, systemClock.now()));
  const end = systemClock.now() + PLAY_MS;
  const isOver = () =>
    played.every(isHealed) && progress.every(({ outcome, scenario }) => outcome === scenario.expected);
  while (!isOver() && systemClock.now() < end) {
    await systemClock.until(systemClock.now() + LOOK_MS);
    const [scenes] = await Promise.all([
      look(client, SCENARIOS),
      stages.look(),
      readActions({ client, types }, played),
    ]);
    progress = progress.map((one, index) => {
      const now = scenes[index];
      return now === undefined ? one : observe(one, now).progress;
    });
    nodes['cordon'] ??= played.find(({ example }) => example.name === 'cordon')?.stage.list(PODS)[0]?.['spec'].nodeName;
    for (const one of played) await goOn(one, calls);
  }
  told(from);
  return { played, progress };
}

const DRAINED = { key: 'example', value: 'drain', effect: 'NoSchedule' };

/** Where pods of it are, and none of the operator; other examples get no place there. */
async function nodeForDrain({
  put,
  stages,
  drain,
}: {
  put: (one: Played) => Promise<void>;
  stages: NetworkStages;
  drain: Played;
}) {
  await put(drain);
  const placed = async () => {
    await stages.look();
    return drain.stage.list(PODS).filter(({ status }) => status?.phase === 'Running');
  };
  const pods = await seen(placed, (found) => found.length === 4 + 6);
  const all = [...new Set(pods.map(({ spec }) => String(spec.nodeName)))];
  const operators = stages
    .stage(SYSTEM, () => '')
    .list(PODS)
    .map(({ spec }) => String(spec.nodeName));
  const node = pods
    .filter(({ metadata }) => !metadata.name.startsWith('drain-agent'))
    .map(({ spec }) => String(spec.nodeName))
    .find((name) => !operators.includes(name));
  if (node === undefined) throw new Error('every node with a pod of the example has one of the operator, too');
  // Nodes with the same taints are one kind, of which half must stay ready.
  const others = all.filter((name) => name !== node).slice(0, 2);
  for (const name of [node, ...others])
    await drain.stage.modify(NODES, { name }, (draft) => {
      draft['spec'].taints = [...(draft['spec'].taints ?? []), DRAINED];
      return draft;
    });
  return node;
}

/** What happens to it beside the operator. */
async function goOn(one: Played, calls: readonly string[]): Promise<void> {
  const { example, stage, begun } = one;
  const { afterwards, mendedWhen, needs } = SCENES[example.name] ?? {};
  if (begun === 'applied' && afterwards !== undefined && isAtRest(stage)) {
    one.begun = 'broken';
    await afterwards(stage);
  }
  const isCalled = needs === 'receiver' && calls.some((call) => call.includes(`"name":"${example.name}"`));
  if (begun !== 'mended' && (isCalled || mendedWhen?.(stage) === true)) {
    one.begun = 'mended';
    await mend(stage, example.name);
  }
}

const isAtRest = (stage: Stage): boolean =>
  stage.list(DEPLOYMENTS).every(({ spec, status }) => status?.readyReplicas === spec.replicas);

function isHealed({ example, stage, actions }: Played): boolean {
  const { healed, state } = SCENES[example.name] ?? {};
  const ended = actions.length > 0 && actions.every(({ completionTime }) => completionTime !== undefined);
  return ended && JSON.stringify(state?.(stage)) === JSON.stringify(healed);
}

async function readActions(
  { client, types }: Pick<Play, 'client' | 'types'>,
  played: readonly Played[],
): Promise<void> {
  const type = await types.resolve('kubeskippy.io/v1alpha1', 'HealingAction');
  if (type === undefined) throw new Error('the cluster has no HealingAction');
  const { items } = await client.list(type, {});
  for (const one of played)
    one.actions = items
      .filter(({ spec }) => (spec as { policyRef?: { name: string } }).policyRef?.name === one.example.name)
      .map(({ status }) => (status ?? {}) as ActionStatus);
}

async function create(
  { client, types }: Pick<Play, 'client' | 'types'>,
  objects: readonly KubeObject[],
  namespace: string,
): Promise<void> {
  for (const object of objects) {
    const type = await types.resolve(object.apiVersion, object.kind);
    if (type === undefined) throw new Error(`the cluster has no ${object.kind} of ${object.apiVersion}`);
    await client.create(type, { ...object, metadata: { namespace, ...object.metadata } });
  }
}
