/** The operator's tests run it whole, against the sandbox, on a virtual clock. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { COMPONENT, DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { installObjects, type InstallObjectsOptions } from '../../src/cli/install/manifests.ts';
import { silentAfter } from '../../src/cli/test/silent-after.ts';
import { optIns, type PolicyRule } from '../../src/api/rbac.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import type { Transport } from '../../src/shapes/transport.ts';
import { endsWithItsFile } from './open-clusters.ts';
import { ACTIONS, DEFINITIONS, POLICIES } from './resources.ts';
import { giveTestKey } from './seals.ts';
import { FaultyTransport, type Script, type Sent } from './faulty-transport.ts';
import { createSandbox, type Gvr, type Sandbox, type SandboxOptions, SYSTEM_ADMIN } from '../../src/sandbox/index.ts';
import { type Clock, VirtualClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import type { KubeletMetrics } from '../../src/adapters/metrics/embedded/kubelet-poller.ts';
import { metricsProvider } from '../../src/adapters/metrics/provider.ts';
import type { OperatorDependencies } from '../../src/operator/dependencies.ts';
import { runOperator } from '../../src/operator/operator.ts';
import {
  type AuditEntry,
  type AuditSink,
  DEFAULT_OPERATOR_CONFIG,
  type Logger,
  type MetricSource,
  type OperatorConfig,
} from '../../src/operator/ports.ts';

const crds = ['healingpolicies', 'healingactions', 'healingapprovals'].map(
  (name) =>
    parse(
      readFileSync(join(import.meta.dirname, `../../config/crd/bases/kubeskippy.io_${name}.yaml`), 'utf8'),
    ) as KubeObject,
);

/** An operator that can be ended as SIGKILL would: nothing it has in hand is finished, nothing it holds survives. */
export interface RunningOperator {
  readonly audit: AuditEntry[];
  readonly logs: string[];
  /** Requests that were answered with 403. */
  readonly forbidden: string[];
  /** Every request, in order. */
  readonly sent: readonly Sent[];
  /** As `/readyz` has it. */
  readonly waitingFor: () => readonly string[];
  kill(): void;
}

export interface OperatorOptions {
  /** Of its machine. Omitted: the cluster's. */
  readonly clock?: Clock;
  /** What stands between it and the API server. */
  readonly through?: (inner: Transport) => Transport;
  /** What its requests meet. */
  readonly faults?: readonly Script[];
  readonly config?: Partial<OperatorConfig>;
  /** Servers of metrics beside the embedded source. */
  readonly servers?: ReadonlyMap<string, MetricSource>;
  readonly kubelets?: KubeletMetrics;
  readonly actions?: OutsideOptions;
  /** Asked before an entry is recorded; what it throws is a sink that cannot write. */
  readonly auditing?: (entry: AuditEntry) => void;
  /** Where entries are recorded as well. Omitted: in memory alone. */
  readonly trail?: AuditSink;
  /** Of `account`: the operator has what that ServiceAccount may do, where the cluster asks. Omitted: everything. */
  readonly token?: string;
}

/** What actions need beside the cluster; omitted: none of it. */
export type OutsideOptions = Pick<
  OperatorDependencies,
  'endpoints' | 'registry' | 'settings' | 'observer' | 'recorder' | 'spans' | 'model' | 'leads' | 'mayAct' | 'share'
>;

/** An embedded cluster with the operator's CRDs, by whatever clock. */
export class ClusterUnderTest {
  readonly sandbox: Sandbox;
  readonly #clock: Clock;
  readonly #running: RunningOperator[] = [];

  constructor(clock: Clock, options: Omit<SandboxOptions, 'clock' | 'prng'> = {}) {
    this.#clock = clock;
    this.sandbox = createSandbox({ clock, prng: new Prng(7), ...options });
    for (const crd of crds) this.sandbox.cluster.create(DEFINITIONS, crd);
    endsWithItsFile(this);
  }

  async end(): Promise<void> {
    for (const operator of this.#running) operator.kill();
    await this.sandbox.close();
  }

  /** What `kubeskippy install` gives the operator for these rules, and a token of its ServiceAccount for a day. */
  async account(actionRules: readonly PolicyRule[], options: Partial<InstallObjectsOptions> = {}): Promise<string> {
    const client = new KubeClient({
      transport: this.sandbox.transport(SYSTEM_ADMIN),
      clock: this.#clock,
      fieldManager: COMPONENT,
    });
    const types = new Discovery(client);
    for (const object of installObjects({ namespace: DEFAULT_NAMESPACE, actionRules, allow: optIns, ...options })) {
      const type = await types.resolve(object.apiVersion, object.kind);
      if (type === undefined) throw new Error(`the cluster has no ${object.kind} of ${object.apiVersion}`);
      await client.patch(type, object.metadata, { type: 'apply', body: object, force: 'TakeOwnership' });
    }
    const answer = await client.request({
      method: 'POST',
      path: `/api/v1/namespaces/${DEFAULT_NAMESPACE}/serviceaccounts/${COMPONENT}/token`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 86_400 },
      }),
    });
    const { status } = answer.value as { readonly status?: { readonly token?: string } };
    if (status?.token === undefined) throw new Error(`no token was given: ${answer.status}`);
    return status.token;
  }

  get cluster(): Sandbox['cluster'] {
    return this.sandbox.cluster;
  }

  operator(options: OperatorOptions = {}): RunningOperator {
    giveTestKey(this);
    const audit: AuditEntry[] = [];
    const logs: string[] = [];
    const log = (fields: unknown, message: string) => void logs.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { info: log, warn: log, error: log };
    const stop = new AbortController();
    const forbidden: string[] = [];
    let waitingFor: readonly string[] = ['start'];
    const dead = silentAfter(
      asUser(this.sandbox.transport(), options.token, (what) => void forbidden.push(what)),
      stop.signal,
    );
    const { through = (inner) => inner } = options;
    const transport = new FaultyTransport(through(dead), this.#clock, options.faults ?? []);
    const prng = new Prng(100 + this.#running.length);
    const config = { ...DEFAULT_OPERATOR_CONFIG, ...options.config };
    const metrics = metricsProvider({
      intervalMs: config.evaluationIntervalMs,
      ...(options.servers !== undefined && { servers: options.servers }),
      ...(options.kubelets !== undefined && { kubelets: options.kubelets }),
    });
    const record = async (entry: AuditEntry) => {
      options.auditing?.(entry);
      await options.trail?.record(entry);
      audit.push(entry);
    };
    const { trail } = options;
    const problem = trail?.problem === undefined ? undefined : () => trail.problem?.();
    runOperator(
      {
        clock: options.clock ?? this.#clock,
        prng,
        secureRandom: () => prng.float(),
        transport,
        audit: { record, ...(problem !== undefined && { problem }) },
        metrics,
        logger,
        onReadiness: (names) => {
          waitingFor = names;
        },
        ...options.actions,
      },
      config,
      stop.signal,
    ).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    const operator: RunningOperator = {
      audit,
      logs,
      forbidden,
      sent: transport.sent,
      waitingFor: () => waitingFor,
      kill: () => stop.abort(new Error('killed')),
    };
    this.#running.push(operator);
    return operator;
  }

  /** Another object takes the name over. */
  replace(gvr: Gvr, by: KubeObject): void {
    const { name, namespace } = by.metadata;
    this.cluster.remove(
      gvr,
      { name, ...(namespace !== undefined && { namespace }) },
      { gracePeriodSeconds: 0, propagationPolicy: 'Background' },
    );
    this.cluster.create(gvr, by);
  }

  actions(): readonly KubeObject[] {
    return this.cluster.list(ACTIONS);
  }

  /** Of the first action; empty before there is one. */
  actionStatus(): ActionStatus {
    return this.actions()[0]?.['status'] ?? {};
  }

  phases(): readonly string[] {
    return this.actions().map(
      (action) => (action['status'] as { readonly phase?: string } | undefined)?.phase ?? 'Pending',
    );
  }

  status(name: string): PolicyStatus {
    const policy = this.cluster.get(POLICIES, { namespace: 'default', name }) as
      | { readonly status?: PolicyStatus }
      | undefined;
    return policy?.status ?? {};
  }
}

export class TestCluster extends ClusterUnderTest {
  readonly clock: VirtualClock;

  /**
   * `off`: an API server alone, in which a status stays as it is written. `access`: whether RBAC is on; who is nobody
   * may do nothing then.
   */
  constructor(nodes = 2, running: 'on' | 'off' = 'on', access: 'on' | 'off' = 'off') {
    const clock = new VirtualClock();
    super(clock, {
      nodes,
      controllers: running,
      scheduler: running,
      kubelet: running,
      access: access === 'on' ? { mode: 'on', users: new Map(), anonymous: 'refused' } : { mode: 'off' },
    });
    this.clock = clock;
  }

  /** Advances until it holds; false when it never did within the time. */
  until(done: () => boolean, limitMs = 900_000): Promise<boolean> {
    return this.clock.advanceUntil(done, limitMs);
  }
}

/** Requests carry the token; those that are forbidden are told. */
function asUser(inner: Transport, token: string | undefined, onForbidden: (what: string) => void): Transport {
  return {
    send: async (request, signal) => {
      const headers = token === undefined ? request.headers : { ...request.headers, authorization: `Bearer ${token}` };
      const response = await inner.send({ ...request, ...(headers !== undefined && { headers }) }, signal);
      if (response.status === 403) onForbidden(`${request.method} ${request.path}`);
      return response;
    },
  };
}

/** Scripts of containers that crash: for ever, until the workload is restarted, in the first pod alone. */
export const CRASHES = [{ exit: { after: '2s', code: 1 } }];
export const CRASHES_UNTIL_RESTARTED = [{ when: { revision: 1 }, exit: { after: '2s', code: 1 } }];
export const FIRST_POD_CRASHES = [{ when: { pod: 1 }, exit: { after: '2s', code: 1 } }];

export const deployment = (name: string, script?: unknown): KubeObject => ({
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

export const policy = (spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'crash-loops', namespace: 'default' },
  spec: {
    mode: 'automatic',
    selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
    triggers: [
      {
        name: 'looping',
        type: 'condition',
        conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
      },
    ],
    actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'rolling' } }],
    safetyRules: { requireHealthCheck: true },
    ...spec,
  },
});
