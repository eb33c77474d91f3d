/** The operator as `kubeskippy run` starts it: the real audit trail, the Lease, and readiness by name. */
import packageManifest from '../../../package.json' with { type: 'json' };
import { AuditFile, auditStream } from '../../adapters/audit/audit-file.ts';
import type { AuditSettings } from '../../api/kept-files.ts';
import { httpEndpoints } from '../../adapters/notify/http-endpoints.ts';
import { configuredSources } from '../../adapters/metrics/configured-sources.ts';
import { metricsProvider } from '../../adapters/metrics/provider.ts';
import { configuredModel } from '../../adapters/models/configured-model.ts';
import { configuredTracing } from '../../adapters/tracing/configured-tracing.ts';
import { runOperator } from '../../operator/operator.ts';
import type { Vitals } from '../../operator/ports.ts';
import { Prng } from '../../std/prng.ts';
import { given, ifGiven } from '../../std/given.ts';
import { CliError } from '../cli-error.ts';
import { openDecisionFiles } from '../recording.ts';
import type { OperatorRunner } from './run.ts';

const STDOUT = 1;
const UNCOUNTED = { onRecorded: () => undefined, onLost: () => undefined };

export const operatorProcess: OperatorRunner = async (process, config, signal) => {
  const { clock, env, transport, logger, isLeader, share, leads, settings, actions } = process;
  let waitingFor: readonly string[] = ['start'];
  process.addReadinessCheck({
    name: 'operator',
    problem: () => (waitingFor.length === 0 ? undefined : `waiting for ${waitingFor.join(', ')}`),
  });
  let vitals: (() => Vitals) | undefined;
  const { observer } = process;
  const observed: typeof observer = {
    ...observer,
    vitals: (read) => {
      vitals = read;
      observer.vitals(read);
    },
  };
  // Healing by other triggers goes on, so that the operator stays ready.
  process.addReadinessCheck({ name: 'metrics', problem: () => undefined, note: () => withoutMetrics(vitals?.()) });
  const prng = new Prng(Math.floor(process.random() * 2 ** 32));
  const { recording } = settings;
  const recorder =
    recording === undefined
      ? undefined
      : await openDecisionFiles({ ...recording, logger, ...(process.recorded ?? UNCOUNTED) });
  const tracing = await configuredTracing({
    settings: settings.tracing,
    env,
    version: packageManifest.version,
    namespace: config.namespace,
    clock,
    logger,
    onSpans: process.onSpans,
  });
  const file = settings.audit === undefined ? undefined : openAudit(settings.audit, process);
  if (file !== undefined) process.addReadinessCheck({ name: 'audit', problem: () => file.problem() });
  try {
    await runOperator(
      {
        clock,
        transport,
        logger,
        prng,
        secureRandom: process.random,
        audit: file ?? auditStream(STDOUT),
        metrics: metricsProvider({
          intervalMs: config.evaluationIntervalMs,
          kubelets: settings.kubeletMetrics,
          allowed: settings,
          servers: configuredSources(settings.metricServers, { clock, random: prng }),
        }),
        ...actions,
        endpoints: httpEndpoints([...settings.endpoints, ...settings.channels], clock),
        mayAct: isLeader,
        share,
        observer: observed,
        ...given({ leads, recorder, spans: tracing, model: ifGiven(settings.ai, (ai) => configuredModel(ai, clock)) }),
        onReadiness: (names) => {
          waitingFor = names;
        },
      },
      config,
      signal,
    );
  } finally {
    await recorder?.drain();
    await tracing?.close();
    file?.close();
  }
};

function withoutMetrics(vitals: Vitals | undefined): string | undefined {
  const count = vitals?.withoutMetrics ?? 0;
  if (count === 0) return undefined;
  const whose = count === 1 ? '1 policy has a metric trigger' : `${count} policies have metric triggers`;
  return `${whose} to which no answer comes; kubeskippy status says which and why`;
}

function openAudit(
  settings: AuditSettings,
  { clock, logger }: Pick<Parameters<OperatorRunner>[0], 'clock' | 'logger'>,
): AuditFile {
  try {
    return new AuditFile({ ...settings, clock, onRepair: (message) => logger.error({}, message) });
  } catch (error) {
    if (error instanceof Error && error.name === 'AuditError') throw new CliError(error.message, { cause: error });
    throw error;
  }
}
