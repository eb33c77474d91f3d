/**
 * A cluster and files on which every verb has something to say: a workload that was healed, one that waits for a
 * person, one that a person has decided on, and healing that is paused in a namespace apart.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { AuditFile } from '../../src/adapters/audit/audit-file.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Clock } from '../../src/std/clock.ts';
import { systemClock, VirtualClock } from '../../src/std/clock.ts';
import { called, served, type testFolder } from './command-line.ts';
import { endsWithItsFile } from './open-clusters.ts';
import { OwnClock } from './own-clock.ts';
import { as, wordOn } from './people.ts';
import { proposing, recordText } from './recorded-decision.ts';
import { APPROVALS, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, POLICIES } from './resources.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from './test-cluster.ts';

type File = ReturnType<typeof testFolder>;

export interface VerbScene {
  readonly file: File;
  readonly folder: string;
  /** Of the cluster. It stands still, so that no age depends on how busy the machine is. */
  readonly clock: Clock;
  /** One that began at the same time, and goes on. */
  readonly running: Clock;
  /** Of a cluster by that clock, on which `install` was called. */
  readonly live: string;
  readonly kubeconfig: string;
  /** Of a cluster without our kinds. */
  readonly bare: string;
  /** Of a cluster that knows no caller and gives them no right. */
  readonly forbidden: string;
  /** The action that waits for a person. */
  readonly waiting: string;
  /** One that a person has rejected. */
  readonly ended: string;
  /** Where an operator's `/metrics` answers. */
  readonly metrics: string;
  /** A kubeconfig of an empty cluster of its own. */
  readonly fresh: (options?: Partial<SandboxOptions>) => Promise<string>;
  /** The same, on which `install` was called. */
  readonly installed: () => Promise<string>;
}

const inNamespace = (namespace: string, object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

interface Played {
  readonly world: TestCluster;
  readonly waiting: string;
  readonly ended: string;
}

/** Until all has happened that there is to see. */
async function world(): Promise<Played> {
  const made = new TestCluster();
  const { cluster } = made;
  await made.account(actionRegistry().rules);
  made.operator();
  for (const name of ['shop', 'elsewhere'])
    cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
  cluster.create(POLICIES, policy());
  await made.until(() => made.phases().includes('Succeeded'));
  cluster.create(POLICIES, inNamespace('shop', policy({ mode: 'manual' })));
  cluster.create(DEPLOYMENTS, inNamespace('shop', deployment('cart', CRASHES)));
  const waits = () =>
    made
      .actions()
      .filter(({ status }) => (status as { readonly reason?: string } | undefined)?.reason === 'AwaitingApproval');
  await made.until(() => waits().length > 0);
  const word = wordOn(waits()[0], { decision: 'Reject', reason: 'a release is under way' });
  await as(made, 'ada').create({ ...APPROVALS, namespaced: true }, word);
  cluster.create(DEPLOYMENTS, inNamespace('shop', deployment('till', CRASHES)));
  await made.until(() => waits().some(({ metadata }) => metadata.name.startsWith('till')));
  cluster.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeskippy-pause', namespace: 'elsewhere' },
    data: { by: 'ada', reason: 'the database moves' },
  });
  await made.clock.advance(30_000);
  const nameOf = (workload: string): string =>
    made.actions().find(({ metadata }) => metadata.name.startsWith(`${workload}-`))?.metadata.name ?? '';
  return { world: made, waiting: nameOf('till'), ended: nameOf('cart') };
}

/** An operator of an hour, as its `/metrics` has it. */
const metricsText = (started: number): string => `kubeskippy_build_info{version="1"} 1
kubeskippy_process_start_time_seconds ${started}
kubeskippy_process_cpu_seconds_total 18
kubeskippy_process_resident_memory_bytes 83886080
kubeskippy_nodejs_eventloop_lag_p99_seconds 0.012
kubeskippy_api_requests_total{verb="update",resource="leases",code="200"} 1800
kubeskippy_api_requests_total{verb="get",resource="pods",code="200"} 90
kubeskippy_api_requests_total{verb="get",resource="pods",code="403"} 30
kubeskippy_reconcile_duration_seconds_count{controller="targets",outcome="success"} 120
kubeskippy_reconcile_duration_seconds_sum{controller="targets",outcome="success"} 6
kubeskippy_queue_keys{queue="targets",state="waiting"} 3
kubeskippy_cache_objects{resource="pods"} 120
kubeskippy_cache_deaf_seconds{resource="pods"} 12
`;
const HOUR_SECONDS = 3600;

async function metricsServer(clock: Clock): Promise<string> {
  const text = metricsText(clock.now() / 1000 - HOUR_SECONDS);
  const server = createServer((_request, response) => void response.end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endsWithItsFile({ end: () => new Promise((resolve) => void server.close(() => resolve())) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

async function auditTrail(path: string): Promise<void> {
  const clock = new VirtualClock();
  const trail = new AuditFile({ path, maxBytes: 2 ** 20, keep: 1, sync: 'never', clock, onRepair: () => undefined });
  const about = {
    at: '2026-01-01T00:00:25.100000Z',
    action: 'default/web-1f72d670bd',
    actionUid: 'u',
    attempt: 1,
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/default/deployments/web',
    dryRun: 'none',
  } as const;
  await trail.record({ entry: 'intent', ...about });
  await trail.record({ entry: 'outcome', ...about, result: '200' });
  trail.close();
}

export async function verbScene(file: File): Promise<VerbScene> {
  const { world: played, ...actions } = await world();
  const { clock } = played;
  const open = async (options: Partial<SandboxOptions> = {}): Promise<string> => {
    const sandbox = createSandbox({ nodes: 0, clock, ...options });
    endsWithItsFile({ end: () => sandbox.close() });
    return served(sandbox, file);
  };
  const installed = async (options: Partial<SandboxOptions> = {}): Promise<string> => {
    const kubeconfig = await open(options);
    await called(['install', '--kubeconfig', kubeconfig]);
    return kubeconfig;
  };
  const running = new OwnClock(systemClock, clock.now() - systemClock.now());
  await auditTrail(file('audit.jsonl'));
  file('tampered.jsonl', readFileSync(file('audit.jsonl'), 'utf8').replace('"200"', '"404"'));
  const decision = recordText(proposing());
  file('decision.json', decision);
  file('changed.json', decision.replace('"maxActionsPerHour": 6', '"maxActionsPerHour": 5'));
  return {
    file,
    folder: dirname(file('x')),
    clock,
    running,
    live: await installed({ clock: running }),
    kubeconfig: await served(played.sandbox, file),
    bare: await open(),
    forbidden: await open({ access: { mode: 'on', users: new Map(), anonymous: 'allowed' } }),
    ...actions,
    metrics: await metricsServer(clock),
    fresh: open,
    installed,
  };
}
