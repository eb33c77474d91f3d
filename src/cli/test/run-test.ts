/**
 * Runs one policy test: an embedded cluster, the operator, and a clock that moves only when nothing is left to do. The
 * same test gives the same commits each time.
 */
import type { EndpointAnswer } from '../../operator/ports.ts';
import { metricsProvider } from '../../adapters/metrics/provider.ts';
import { PROMETHEUS_SOURCE } from '../../api/metric-source-schema.ts';
import { customResourceDefinitions } from '../../api/crd.ts';
import { DEFAULT_NAMESPACE, GROUP, HEALING_ACTION, HEALING_APPROVAL, VERSION } from '../../api/names.ts';
import { KubeClient } from '../../kube/client.ts';
import { Discovery } from '../../kube/discovery.ts';
import { KubeError } from '../../kube/errors.ts';
import type { ResourceType } from '../../kube/resource.ts';
import { runOperator } from '../../operator/operator.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { type Commit, createSandbox, Prng, type Sandbox, VirtualClock } from '../../sandbox/index.ts';
import { actionSetup } from '../action-setup.ts';
import { approvalObject, questionOf } from '../approve/decision.ts';
import { CliError } from '../cli-error.ts';
import { operatorRules } from '../operator-rules.ts';
import { silentAfter } from './silent-after.ts';
import { seriesSource } from './series.ts';
import type { CompiledStep, CompiledTest } from './compiled-test.ts';

export interface CallSent {
  readonly at: number;
  readonly endpoint: string;
  readonly body: string;
}

/** What a test saw, as data: expectations and the timeline are made of it. */
export interface Played {
  readonly startedAt: number;
  /** Of all kinds but those that only tell that a part is alive. */
  readonly commits: readonly Commit[];
  readonly calls: readonly CallSent[];
  /** What could not be done: a manifest that the server refused, a step that found nothing. */
  readonly failures: readonly { readonly at: number; readonly message: string }[];
}

/** Written to show that a part is alive, or to be read by people: no expectation is about them. */
const PASSED_OVER: ReadonlySet<string> = new Set(['Lease', 'Event', 'EndpointSlice', 'Endpoints']);
/** The log of commits keeps 32,768; a busy cluster writes 100 a second. */
const LOOK_MS = 60_000;
/** About 200 MB of objects, most of them shared. */
const MAX_COMMITS = 100_000;
const APPROVER = 'the-test';

export async function runTest(
  test: CompiledTest,
  { plugins, signal }: { readonly plugins: readonly string[]; readonly signal: AbortSignal },
): Promise<Played> {
  const stage = await Stage.open(test, plugins);
  try {
    await stage.begin();
    for (const step of test.steps) {
      await stage.advanceTo(step.at, signal);
      await stage.step(step);
    }
    await stage.advanceTo(test.endsAt, signal);
    return stage.played();
  } finally {
    await stage.close();
  }
}

/** Made of schemas once for all tests of a process. */
let made: readonly KubeObject[] | undefined;
const definitions = (): readonly KubeObject[] => (made ??= customResourceDefinitions());

class Stage {
  readonly #test: CompiledTest;
  readonly #clock: VirtualClock;
  readonly #sandbox: Sandbox;
  readonly #client: KubeClient;
  #types: Discovery;
  readonly #actions: Awaited<ReturnType<typeof actionSetup>>;
  readonly #startedAt: number;
  readonly #commits: Commit[] = [];
  readonly #calls: CallSent[] = [];
  readonly #failures: { at: number; message: string }[] = [];
  readonly #answers = new Map<string, number>();
  readonly #running: (() => void)[] = [];
  #seen = '0';
  #started = 0;

  private constructor(test: CompiledTest, actions: Awaited<ReturnType<typeof actionSetup>>) {
    const { nodes, controllers } = test;
    this.#test = test;
    this.#actions = actions;
    this.#clock = new VirtualClock();
    this.#startedAt = this.#clock.now();
    this.#sandbox = createSandbox({
      clock: this.#clock,
      nodes,
      controllers,
      scheduler: controllers,
      kubelet: controllers,
    });
    const transport = this.#sandbox.transport();
    this.#client = new KubeClient({ transport, clock: this.#clock, fieldManager: APPROVER });
    this.#types = new Discovery(this.#client);
  }

  static async open(test: CompiledTest, plugins: readonly string[]): Promise<Stage> {
    return new Stage(test, await actionSetup(test.settings, plugins));
  }

  /** Definitions, namespaces, objects and the operator, all at the start. */
  async begin(): Promise<void> {
    const { objects } = this.#test;
    for (const definition of definitions()) await this.#make(definition);
    const known = new Set(['default', DEFAULT_NAMESPACE]);
    for (const { metadata } of objects) if (metadata.namespace !== undefined) known.add(metadata.namespace);
    for (const { kind, metadata } of objects) if (kind === 'Namespace') known.delete(metadata.name);
    known.delete('default');
    for (const name of known) await this.#make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const object of objects) await this.#tried(() => this.#make(object));
    this.#start();
  }

  async advanceTo(time: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      this.#collect();
      const left = this.#startedAt + time - this.#clock.now();
      if (left <= 0) return;
      await this.#clock.advance(Math.min(left, LOOK_MS));
    }
  }

  async step({ spec }: CompiledStep): Promise<void> {
    const { apply, patch, approve, reject, answer } = spec;
    if (spec.operator === 'killed') {
      for (const kill of this.#running.splice(0)) kill();
      this.#start();
    }
    if (answer !== undefined) this.#answers.set(answer.endpoint, answer.status);
    await this.#tried(async () => {
      if (apply !== undefined) await this.#apply(apply);
      if (patch !== undefined) {
        const { merge, subresource } = patch;
        await this.#client.patch(await this.#typeOf(patch), placeIn(await this.#typeOf(patch), patch), {
          type: 'merge',
          body: merge,
          subresource,
        });
      }
      if (spec.delete !== undefined) {
        const type = await this.#typeOf(spec.delete);
        await this.#client.delete(type, placeIn(type, spec.delete), { propagationPolicy: 'Background' });
      }
      const decided = approve ?? reject;
      if (decided !== undefined) await this.#decide(decided.policy, approve === undefined ? 'Reject' : 'Approve');
    });
  }

  played(): Played {
    this.#collect();
    return { startedAt: this.#startedAt, commits: this.#commits, calls: this.#calls, failures: this.#failures };
  }

  async close(): Promise<void> {
    for (const kill of this.#running.splice(0)) kill();
    await this.#sandbox.close();
  }

  #start(): void {
    const { settings, series, intervalMs } = this.#test;
    const stop = new AbortController();
    const config = operatorRules(settings, settings.operatorNamespace ?? DEFAULT_NAMESPACE);
    const prng = new Prng(++this.#started);
    const prometheus =
      series.length === 0 ? undefined : seriesSource(series, { startedAt: this.#startedAt, intervalMs });
    runOperator(
      {
        clock: this.#clock,
        prng,
        secureRandom: () => prng.float(),
        transport: silentAfter(this.#sandbox.transport(), stop.signal),
        audit: { record: () => Promise.resolve() },
        metrics: metricsProvider({
          intervalMs: config.evaluationIntervalMs,
          kubelets: settings.kubeletMetrics,
          servers: new Map(prometheus === undefined ? [] : [[PROMETHEUS_SOURCE, prometheus]]),
        }),
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
        endpoints: { send: ({ endpoint, body }) => Promise.resolve(this.#answerOf(endpoint, body)) },
        ...this.#actions,
      },
      config,
      stop.signal,
    ).catch((error: unknown) => {
      if (!stop.signal.aborted) this.#fail(`the operator ended: ${String(error)}`);
    });
    this.#running.push(() => stop.abort(new Error('killed')));
  }

  #answerOf(endpoint: string, body: string): EndpointAnswer {
    this.#calls.push({ at: this.#clock.now(), endpoint, body });
    return { kind: 'answered', status: this.#answers.get(endpoint) ?? 200 };
  }

  #collect(): void {
    const fresh = this.#sandbox.commits(this.#seen);
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.#seen = last.resourceVersion;
    for (const commit of fresh) if (!PASSED_OVER.has(commit.object.kind)) this.#commits.push(commit);
    if (this.#commits.length > MAX_COMMITS)
      throw new CliError(`${this.#test.name}: more than ${MAX_COMMITS} changes in the cluster; make the test shorter`);
  }

  /** What the server refuses is a failure of the test, not of the program. */
  async #tried(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof KubeError || error instanceof CliError)) throw error;
      this.#fail(error.message);
    }
  }

  #fail(message: string): void {
    this.#failures.push({ at: this.#clock.now(), message });
  }

  async #typeOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<ResourceType> {
    const known = this.#types.known(apiVersion, kind);
    if (known !== undefined) return known;
    // One that has looked a moment ago does not look again, and a definition may have come since.
    this.#types = new Discovery(this.#client);
    const type = await this.#types.resolve(apiVersion, kind);
    if (type === undefined) throw new CliError(`the cluster has no kind ${kind} of ${apiVersion}`);
    return type;
  }

  async #make(object: KubeObject): Promise<void> {
    const type = await this.#typeOf(object);
    const made = await this.#client.create(type, placed(type, object), { fieldValidation: 'Strict' });
    await this.#giveStatus(type, object, made.metadata.name);
  }

  async #apply(object: KubeObject): Promise<void> {
    const type = await this.#typeOf(object);
    const { status, ...body } = placed(type, object);
    const key = placeIn(type, { name: object.metadata.name, namespace: body.metadata.namespace });
    await this.#client.patch(type, key, { type: 'apply', body, force: 'TakeOwnership', fieldValidation: 'Strict' });
    await this.#giveStatus(type, { ...body, ...(status !== undefined && { status }) }, key.name);
  }

  async #giveStatus(type: ResourceType, { status, metadata }: KubeObject, name: string): Promise<void> {
    if (status === undefined) return;
    const key = placeIn(type, { name, namespace: metadata.namespace });
    await this.#client.patch(type, key, { type: 'merge', body: { status }, subresource: 'status' });
  }

  async #decide(policy: string, decision: 'Approve' | 'Reject'): Promise<void> {
    const { items } = await this.#client.list(OURS(HEALING_ACTION.plural));
    const waiting = items.filter((action) => isWaiting(action) && policyOf(action) === policy);
    if (waiting.length === 0) throw new CliError(`no action of policy ${policy} waits for approval`);
    const word = { decision, approvedBy: APPROVER, reason: `the test says ${decision}` };
    for (const action of waiting)
      await this.#client.create(OURS(HEALING_APPROVAL.plural), approvalObject(questionOf(action, decision), word));
  }
}

const OURS = (resource: string) => ({ group: GROUP, version: VERSION, resource, namespaced: true });

const isWaiting = ({ status }: KubeObject): boolean =>
  (status as { readonly phase?: string; readonly approval?: object } | undefined)?.phase === 'Pending' &&
  (status as { readonly approval?: object }).approval !== undefined;

const policyOf = (action: KubeObject): string | undefined =>
  (action['spec'] as { readonly policyRef?: { readonly name: string } }).policyRef?.name;

const placed = ({ namespaced }: ResourceType, object: KubeObject): KubeObject =>
  namespaced ? { ...object, metadata: { namespace: 'default', ...object.metadata } } : object;

const placeIn = (
  { namespaced }: ResourceType,
  { name, namespace = 'default' }: { readonly name: string; readonly namespace?: string | undefined },
) => (namespaced ? { name, namespace } : { name });
