/** The operator's own metrics, by Prometheus' naming rules: https://prometheus.io/docs/practices/naming/ */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DecisionFilesConfig } from './decision-files.ts';
import type { OperatorObserver, Vitals } from '../operator/ports.ts';
import type { TracingConfig } from './tracing/tracing.ts';

/** Which program this is, and whether it is the one that acts. */
export function processMetrics(
  registry: Registry,
  { version, isLeader }: { readonly version: string; readonly isLeader: () => boolean },
): void {
  const registers = [registry];
  new Gauge({
    name: 'kubeskippy_build_info',
    help: 'Always 1, for the version of the program.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  registry.registerMetric(
    new Gauge({
      name: 'kubeskippy_leader',
      help: '1 while this process holds the Lease, or needs none; 0 while another one acts.',
      registers: [],
      collect() {
        this.set(isLeader() ? 1 : 0);
      },
    }),
  );
}

/** Counted only by an operator that records decisions. */
export function recordingMetrics(registry: Registry): Pick<DecisionFilesConfig, 'onRecorded' | 'onLost'> {
  const registers = [registry];
  const recorded = new Counter({
    name: 'kubeskippy_decisions_recorded_total',
    help: 'Decisions whose input was written to a file.',
    registers,
  });
  const lost = new Counter({
    name: 'kubeskippy_decisions_lost_total',
    help: 'Decisions whose input could not be written to a file, by why.',
    labelNames: ['reason'],
    registers,
  });
  return { onRecorded: () => recorded.inc(), onLost: (reason) => lost.inc({ reason }) };
}

/** Without a sample where no traces are made. */
export function tracingMetrics(registry: Registry): Pick<TracingConfig, 'onSpans'> {
  const spans = new Counter({
    name: 'kubeskippy_trace_spans_total',
    help: 'Spans of traces: taken by the receiver (exported), not taken (notTaken), or with no room to wait (queueFull).',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return { onSpans: (outcome, count) => spans.inc({ outcome }, count) };
}

/** What was said and not heard, what is held back, and time that did not pass. */
function lossMetrics(
  registers: Registry[],
): Pick<OperatorObserver, 'eventDropped' | 'statusRefused' | 'paused' | 'clockSet'> {
  const events = new Counter({
    name: 'kubeskippy_events_dropped_total',
    help: 'Events that were not written, by why.',
    labelNames: ['reason'],
    registers,
  });
  const refused = new Counter({
    name: 'kubeskippy_policy_statuses_refused_total',
    help: 'Statuses of policies that the API server did not take.',
    registers,
  });
  const paused = new Gauge({
    name: 'kubeskippy_paused',
    help: '1 while the kill switch holds back all healing.',
    registers,
  });
  const clocks = new Counter({
    name: 'kubeskippy_clock_sets_total',
    help: 'Times that a clock was found set by more than two seconds: of this machine, or of the API server.',
    labelNames: ['clock'],
    registers,
  });
  return {
    eventDropped: (reason) => events.inc({ reason }),
    statusRefused: () => refused.inc(),
    paused: (state) => paused.set(state === 'thrown' ? 1 : 0),
    clockSet: (clock) => clocks.inc({ clock }),
  };
}

export function operatorMetrics(registry: Registry): OperatorObserver {
  const registers = [registry];
  const laps = new Histogram({
    name: 'kubeskippy_reconcile_duration_seconds',
    help: 'Duration of the laps of each control loop.',
    labelNames: ['controller', 'outcome'],
    // A lap is a few requests to the API server: milliseconds to its time-out.
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const actions = new Counter({
    name: 'kubeskippy_healing_actions_total',
    help: 'HealingActions that entered a phase, by why.',
    labelNames: ['type', 'phase', 'reason'],
    registers,
  });
  const blocked = new Counter({
    name: 'kubeskippy_healing_blocked_total',
    help: 'Times that a gate began to hold healing back.',
    labelNames: ['reason'],
    registers,
  });
  const notified = new Counter({
    name: 'kubeskippy_notifications_delivered_total',
    help: 'Notifications of the operator itself that a channel took.',
    labelNames: ['channel'],
    registers,
  });
  const dropped = new Counter({
    name: 'kubeskippy_notifications_dropped_total',
    help: 'Notifications of the operator itself that a channel did not get, by why.',
    labelNames: ['channel', 'reason'],
    registers,
  });
  return {
    ...analysisMetrics(registers),
    ...episodeMetrics(registers),
    vitals: (read) => vitalMetrics(registry, read),
    reconciled: (controller, outcome, seconds) => laps.observe({ controller, outcome }, seconds),
    actionEntered: (type, phase, reason) => actions.inc({ type, phase, reason }),
    blocked: (reason) => blocked.inc({ reason }),
    ...lossMetrics(registers),
    notified: (channel) => notified.inc({ channel }),
    notificationDropped: (channel, reason) => dropped.inc({ channel, reason }),
  };
}

function analysisMetrics(
  registers: Registry[],
): Pick<OperatorObserver, 'analysed' | 'modelAsked' | 'modelTokens' | 'actionEnded'> {
  const looks = new Histogram({
    name: 'kubeskippy_analysis_duration_seconds',
    help: 'Duration of looks at targets that are unwell, by what the rules found.',
    labelNames: ['outcome'],
    // A look is some twenty reads at ten a second.
    buckets: [0.01, 0.05, 0.2, 1, 5, 20],
    registers,
  });
  const questions = new Counter({
    name: 'kubeskippy_model_questions_total',
    help: 'Questions to the model, by advice or why there was none.',
    labelNames: ['outcome'],
    registers,
  });
  const tokens = new Counter({
    name: 'kubeskippy_model_tokens_total',
    help: 'Tokens of questions to the model and of its answers.',
    registers,
  });
  const byCause = new Counter({
    name: 'kubeskippy_healing_by_cause_total',
    help: 'Actions that were carried out and have ended, by the cause that was found before.',
    labelNames: ['cause', 'type', 'phase'],
    registers,
  });
  return {
    modelAsked: (outcome) => questions.inc({ outcome }),
    modelTokens: (count) => tokens.inc(count),
    analysed: (outcome, seconds) => looks.observe({ outcome }, seconds),
    actionEnded: (cause, type, phase) => byCause.inc({ cause, type, phase }),
  };
}

function episodeMetrics(registers: Registry[]): Pick<OperatorObserver, 'episodeStage' | 'requested' | 'queried'> {
  const stages = new Histogram({
    name: 'kubeskippy_episode_stage_seconds',
    help: 'From the start of an episode to its first request (acted) and to the proof that it helped (healed), by cause.',
    labelNames: ['stage', 'cause', 'type'],
    // From a trigger without delay to three attempts of ten minutes.
    buckets: [5, 15, 30, 60, 120, 300, 600, 1800],
    registers,
  });
  const requests = new Counter({
    name: 'kubeskippy_api_requests_total',
    help: 'Requests to the API server by verb, resource and status, or by why no answer came; watches when they begin.',
    labelNames: ['verb', 'resource', 'code'],
    registers,
  });
  const queries = new Counter({
    name: 'kubeskippy_metric_queries_total',
    help: 'Queries of metric triggers by source: answered, or why not.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  return {
    queried: (source, outcome) => queries.inc({ source, outcome }),
    episodeStage: (stage, { cause, type, seconds }) => stages.observe({ stage, cause, type }, seconds),
    requested: (verb, resource, code) => requests.inc({ verb, resource, code }),
  };
}

interface VitalMetric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (vitals: Vitals) => readonly (readonly [Readonly<Record<string, string>>, number])[];
}

const VITALS: readonly VitalMetric[] = [
  {
    name: 'kubeskippy_queue_keys',
    help: 'Keys of each control loop: waiting for a worker, waiting for their time (delayed), being worked on (running).',
    labels: ['queue', 'state'],
    samples: ({ queues }) =>
      queues.flatMap(({ queue, waiting, delayed, running }) =>
        Object.entries({ waiting, delayed, running }).map(([state, keys]) => [{ queue, state }, keys] as const),
      ),
  },
  {
    name: 'kubeskippy_queue_oldest_seconds',
    help: 'For how long the key that has waited longest has waited for a worker.',
    labels: ['queue'],
    samples: ({ queues }) => queues.map(({ queue, oldestSeconds }) => [{ queue }, oldestSeconds]),
  },
  {
    name: 'kubeskippy_cache_objects',
    help: 'Objects that are kept of each resource.',
    labels: ['resource'],
    samples: ({ caches }) => caches.map(({ resource, objects }) => [{ resource }, objects]),
  },
  {
    name: 'kubeskippy_cache_deaf_seconds',
    help: 'For how long there has been no watch, so that no change is heard of; 0 while there is one.',
    labels: ['resource'],
    samples: ({ caches }) => caches.map(({ resource, deafSeconds }) => [{ resource }, deafSeconds]),
  },
  {
    name: 'kubeskippy_policies',
    help: 'Policies by the reason of their Ready condition; `-`: not looked at yet.',
    labels: ['reason'],
    samples: ({ policies }) => Object.entries(policies).map(([reason, count]) => [{ reason }, count]),
  },
  {
    name: 'kubeskippy_policies_without_metrics',
    help: 'Policies whose MetricsAvailable is False: a source does not answer, or has no such series.',
    labels: [],
    samples: ({ withoutMetrics }) => [[{}, withoutMetrics]],
  },
  {
    name: 'kubeskippy_nodes_kept_cordoned',
    help: 'Nodes that an action has cordoned and that are cordoned still, while a policy selects nodes.',
    labels: [],
    samples: ({ keptNodes }) => [[{}, keptNodes]],
  },
  {
    name: 'kubeskippy_targets',
    help: 'Targets of all policies: selected (matched), with a firing trigger (unhealthy), without data (unknown).',
    labels: ['state'],
    samples: ({ targets }) => Object.entries(targets).map(([state, count]) => [{ state }, count] as const),
  },
  {
    name: 'kubeskippy_firing_targets',
    help: 'Targets for which a trigger fires, over all policies.',
    labels: [],
    samples: ({ firing }) => [[{}, firing]],
  },
];

/** Filled in when they are asked for: what is gone since then is gone from the answer. */
export function vitalMetrics(registry: Registry, read: () => Vitals): void {
  for (const { name, help, labels, samples } of VITALS) {
    registry.removeSingleMetric(name);
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [],
        collect() {
          this.reset();
          for (const [of, value] of samples(read())) this.set(of, value);
        },
      }),
    );
  }
}
