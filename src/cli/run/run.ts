/**
 * `kubeskippy run`: the operator's process around the operator itself: connection, configuration, endpoints, leader
 * election, signals. A candidate keeps its caches warm until it leads. SIGTERM stops the operator (which finishes the
 * write in hand), then releases the Lease, then closes the endpoints.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import packageManifest from '../../../package.json' with { type: 'json' };
import { createLogger, type LogLevel } from '../../adapters/logging.ts';
import { operatorMetrics, processMetrics, recordingMetrics, tracingMetrics } from '../../adapters/operator-metrics.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { ANNOTATIONS, DEFAULT_NAMESPACE, FIELD_MANAGER, leaseOfShard } from '../../api/names.ts';
import { KubeClient } from '../../kube/client.ts';
import { ShardElection } from '../../kube/shard-election.ts';
import { requestWords } from '../../kube/request-words.ts';
import type { Transport } from '../../shapes/transport.ts';
import type { Logger, OperatorConfig, OperatorObserver } from '../../operator/ports.ts';
import { Share, wholeShare } from '../../operator/share.ts';
import type { Clock } from '../../std/clock.ts';
import { type ActionSetup, actionSetup } from '../action-setup.ts';
import { CliError } from '../cli-error.ts';
import { checkServer, connect, type ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { operatorRules } from '../operator-rules.ts';
import { problemText, readConfig } from '../load-config.ts';
import { given, ifGiven } from '../../std/given.ts';
import { runConfigured } from './config-file.ts';
import { type HealthCheck, healthRoute, metricsRoute, serveEndpoints } from './serve-endpoints.ts';

export interface RunOptions extends ConnectOptions {
  readonly config?: string | undefined;
  /** Only the flags that were given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Plugins beside those of the file. */
  readonly plugin?: readonly string[] | undefined;
}

/** What the operator gets; it resolves once it stopped after `signal`, and rejects when it cannot go on. */
export interface OperatorProcess {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly client: KubeClient;
  readonly logger: Logger;
  /** Counts recorded decisions, where they are recorded. */
  readonly recorded?: ReturnType<typeof recordingMetrics>;
  /** Counts what becomes of spans, where traces are made. */
  readonly onSpans: ReturnType<typeof tracingMetrics>['onSpans'];
  /** Variables of the process: OpenTelemetry has its own. */
  readonly env: CliEnvironment['env'];
  readonly observer: OperatorObserver;
  readonly random: () => number;
  readonly settings: OperatorSettings;
  /** Action types, plugins among them: loaded before anything else is done, so that a bad one is refused at start. */
  readonly actions: ActionSetup;
  /** False at the renew deadline even while a renewal hangs: ask right before each effect. */
  readonly isLeader: () => boolean;
  /** The policies that this process works on. */
  readonly share: Share;
  /** Resolves when it leads; until then it only reads. Omitted: it leads at once. */
  readonly leads?: Promise<void>;
  /** The operator adds a check for its caches and for each CRD that it waits for. */
  readonly addReadinessCheck: (check: HealthCheck) => void;
}

export type OperatorRunner = (process: OperatorProcess, config: OperatorConfig, signal: AbortSignal) => Promise<void>;

/** Of the 10 s that SIGTERM leaves: two for the Lease and the endpoints. */
const STOP_DEADLINE_MS = 8000;

export async function runCommand(
  options: RunOptions,
  environment: CliEnvironment,
  operator: OperatorRunner,
): Promise<void> {
  const { clock, env, signal, random } = environment;
  const first = await readConfig(options.config, options.flags);
  const { config } = first;
  // A plugin that cannot be used is refused before anything else is done.
  await actionSetup(config, options.plugin);
  const logger = openLog(config, environment);
  for (const note of first.notes) logger.warn({}, problemText(note, { path: options.config }));
  const connected = await connect(options, environment);
  const { transport, server } = connected;
  const operatorNamespace =
    config.operatorNamespace ?? env['POD_NAMESPACE'] ?? connected.podNamespace ?? DEFAULT_NAMESPACE;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'kubeskippy_' });
  let leads = (): boolean => false;
  processMetrics(registry, { version: packageManifest.version, isLeader: () => leads() });
  const observer = operatorMetrics(registry);
  const client = clientOf({ transport, clock, observer });
  await checkServer(client, { server, signal });

  const readiness: HealthCheck[] = [
    { name: 'shutdown', problem: () => (signal.aborted ? 'shutting down' : undefined) },
  ];
  const onTrouble = (error: Error) => logger.warn({ error: error.message }, 'a connection was not accepted');
  const routes = {
    '/healthz': healthRoute('healthz', [{ name: 'ping', problem: () => undefined }]),
    '/readyz': healthRoute('readyz', readiness),
  };
  const health = await serveEndpoints(config.healthProbeBindAddress, routes, onTrouble);
  const metrics = await serveEndpoints(config.metricsBindAddress, { '/metrics': metricsRoute(registry) }, onTrouble);
  try {
    logger.info({ server, operatorNamespace, dryRun: config.dryRun, leaderElect: config.leaderElect }, 'starting');
    const shared = { clock, env, transport, client, observer, random, ...countsOf(registry, config) };
    const addReadinessCheck = (check: HealthCheck): void => setCheck(readiness, check);
    const start = ({ isLeader, share, elected }: Leading, stop: AbortSignal) => {
      leads = isLeader;
      const file = { path: options.config, flags: options.flags, clock, logger };
      return runConfigured(
        { file, first },
        async (settings, signalOfRound) => {
          const actions = await actionSetup(settings, options.plugin);
          const round = {
            ...shared,
            logger: openLog(settings, environment),
            settings,
            actions,
            isLeader,
            share,
            addReadinessCheck,
            ...given({ leads: elected }),
          };
          const running = operator(round, operatorRules(settings, operatorNamespace), signalOfRound);
          await untilStopped(running, { clock, stop: signalOfRound });
        },
        stop,
      );
    };
    if (!config.leaderElect) await start({ isLeader: () => true, share: wholeShare() }, signal);
    else await whileLeading({ client, logger, environment, operatorNamespace, shards: config.shards }, start);
    logger.info({}, 'stopped');
  } finally {
    await Promise.all([health?.close(), metrics?.close()]);
  }
}

const countsOf = (registry: Registry, { recording }: Pick<OperatorSettings, 'recording'>) => ({
  ...tracingMetrics(registry),
  ...given({ recorded: ifGiven(recording, () => recordingMetrics(registry)) }),
});

/** An operator that begins anew in the same process sets its checks again. */
function setCheck(readiness: HealthCheck[], check: HealthCheck): void {
  const at = readiness.findIndex(({ name }) => name === check.name);
  if (at < 0) readiness.push(check);
  else readiness[at] = check;
}

const openLog = ({ logLevel, logFormat }: OperatorSettings, { clock, stderr }: CliEnvironment): Logger =>
  createLogger({ level: logLevel satisfies LogLevel, format: logFormat, clock, destination: stderr });

/** Of the process: for the Lease, and for what is asked before the operator begins. */
const clientOf = ({
  transport,
  clock,
  observer,
}: Pick<OperatorProcess, 'transport' | 'clock' | 'observer'>): KubeClient =>
  new KubeClient({
    transport,
    clock,
    fieldManager: FIELD_MANAGER,
    userAgent: FIELD_MANAGER,
    onRequest: ({ method, path, outcome }) => {
      const { verb, resource } = requestWords({ method, path });
      observer.requested(verb, resource, String(outcome));
    },
  });

interface Candidate {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly environment: CliEnvironment;
  readonly operatorNamespace: string;
  readonly shards: number;
}

interface Leading {
  readonly isLeader: () => boolean;
  readonly share: Share;
  /** Omitted: it leads already. */
  readonly elected?: Promise<void>;
}

/** Starts at once, so that a candidate is warm when its turn comes; gives the Leases back only after it stopped. */
async function whileLeading(
  candidate: Candidate,
  start: (leading: Leading, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal } = candidate.environment;
  const [release, stop] = [new AbortController(), new AbortController()];
  let leading: () => void = () => undefined;
  const elected = new Promise<void>((resolve) => {
    leading = resolve;
  });
  const { election, share } = electionOf(candidate, leading);
  const onSignal = () => stop.abort(signal.reason);
  signal.addEventListener('abort', onSignal, { once: true });
  if (signal.aborted) return;
  let isLost = false;
  const run = election.run(release.signal, () => {
    isLost = true;
    stop.abort(new Error('leadership was lost'));
  });
  try {
    await start({ isLeader: () => election.isLeader(), share, elected }, stop.signal);
  } finally {
    release.abort(new Error('stopped'));
  }
  await run;
  if (isLost) throw new CliError('leadership was lost; another instance may act now');
}

function electionOf(
  { client, logger, environment, operatorNamespace, shards }: Candidate,
  leading: () => void,
): { readonly election: ShardElection; readonly share: Share } {
  const { random, env } = environment;
  const identity = `${env['POD_NAME'] ?? env['HOSTNAME'] ?? 'kubeskippy'}_${Math.floor(random() * 0x1_0000_0000).toString(16)}`;
  let toldOf = shards;
  const election: ShardElection = new ShardElection({
    client,
    namespace: operatorNamespace,
    nameOf: leaseOfShard,
    count: shards,
    marks: ANNOTATIONS,
    identity,
    random,
    onGained: (shard) => {
      logger.info({ identity, ...(shards > 1 && { shard: `${shard} of ${shards}` }) }, 'leading');
      leading();
      share.changed();
    },
    onLeaving: async (shard) => {
      logger.info({ identity, shard: `${shard} of ${shards}` }, 'giving the shard to a process that holds fewer');
      share.changed();
      await share.settled();
    },
    onOtherCount: (count) => {
      if (count === toldOf) return;
      toldOf = count;
      logger.warn({ shards, inForce: count }, 'other processes divide the work into another number of shards');
    },
    onError: (error) => logger.warn({ error }, 'leader election'),
  });
  const share = new Share({ count: shards, holds: (shard) => election.holds(shard) });
  return { election, share };
}

/** The operator's own end; after a signal, not later than the deadline. */
async function untilStopped(
  operator: Promise<void>,
  { clock, stop }: { readonly clock: Clock; readonly stop: AbortSignal },
): Promise<void> {
  const done = new AbortController();
  const deadline = new Promise<void>((_, reject) => {
    stop.addEventListener(
      'abort',
      () => {
        clock.until(clock.now() + STOP_DEADLINE_MS, done.signal).then(
          () => reject(new CliError('the operator did not stop in time')),
          () => undefined,
        );
      },
      { once: true },
    );
  });
  try {
    await Promise.race([operator, deadline]);
  } finally {
    done.abort(new Error('done'));
  }
}
