/**
 * The decisions of an operator that looks and does not act: the operator itself, on a transport that sends reads alone,
 * without endpoints, and with an audit trail that takes no record, so that nothing could be carried out.
 * What it decides of an object is what the operator of the cluster decides, as far as both see the same.
 */
import { decisionKey, type DecisionMade, targetIn } from '../../core/replay/decision-record.ts';
import type { TargetRef } from '../../core/observation.ts';
import { runOperator } from '../../operator/operator.ts';
import type { OperatorDependencies } from '../../operator/dependencies.ts';
import type { OperatorConfig } from '../../operator/ports.ts';
import type { Transport } from '../../shapes/transport.ts';

export interface Question {
  readonly namespace: string | undefined;
  readonly kind: string;
  readonly name: string;
}

export interface Heard {
  /** The last decision of each policy on the object, and of each action on it. */
  readonly decisions: readonly DecisionMade[];
  /** What it still waited for when the time was over; empty when it had seen everything. */
  readonly waitingFor: readonly string[];
}

type Dependencies = Omit<
  OperatorDependencies,
  'transport' | 'audit' | 'decisions' | 'followed' | 'endpoints' | 'mayAct' | 'onReadiness'
> & {
  readonly transport: Transport;
};

/** A large cluster is listed within seconds; nothing more is decided once every object was looked at. */
const LIMIT_MS = 30_000;
/** Decisions that follow from each other come within milliseconds. */
const QUIET_MS = 2000;
const LOOK_EVERY_MS = 250;

/** Whatever would change something is refused here, before it leaves. */
export const readOnly = (inner: Transport): Transport => ({
  send: (request, signal) =>
    request.method === 'GET'
      ? inner.send(request, signal)
      : Promise.resolve({
          status: 403,
          headers: { 'content-type': 'application/json' },
          body: {
            form: 'object',
            value: {
              kind: 'Status',
              status: 'Failure',
              reason: 'Forbidden',
              code: 403,
              message: 'only reads are sent',
            },
          },
        }),
});

export async function decisionsOn(
  dependencies: Dependencies,
  config: OperatorConfig,
  { asked, signal }: { readonly asked: Question; readonly signal: AbortSignal },
): Promise<Heard> {
  const { clock, transport } = dependencies;
  const stop = new AbortController();
  const latest = new Map<string, DecisionMade>();
  let heardAt = clock.now();
  let waitingFor: readonly string[] = ['start'];
  const made = (decision: DecisionMade): void => {
    heardAt = clock.now();
    if (isAbout(decision, asked)) latest.set(decisionKey(decision), decision);
  };
  const ended = runOperator(
    {
      ...dependencies,
      transport: readOnly(transport),
      audit: { record: () => Promise.reject(new Error('nothing is carried out, and nothing recorded')) },
      decisions: { made },
      followed: (target) => isAsked(target, asked),
      onReadiness: (names) => {
        if (names.length === 0 && waitingFor.length > 0) heardAt = clock.now();
        waitingFor = names;
      },
    },
    config,
    AbortSignal.any([stop.signal, signal]),
  );
  const until = clock.now() + LIMIT_MS;
  const isQuiet = (): boolean =>
    waitingFor.length === 0 && clock.now() - heardAt >= QUIET_MS && ![...latest.values()].some(awaitsMetrics);
  try {
    while (clock.now() < until && !isQuiet() && !signal.aborted)
      await Promise.race([clock.until(clock.now() + LOOK_EVERY_MS, signal), ended]);
  } finally {
    stop.abort(new Error('it was seen'));
    await ended.catch(() => undefined);
  }
  return { decisions: [...latest.values()], waitingFor };
}

/** The first round over the queries of metric triggers has not come to its end. */
const awaitsMetrics = (made: DecisionMade): boolean =>
  made.kind === 'target' &&
  made.input.policy.triggers.some(({ name, type }) => {
    const seen = made.input.observation.metrics?.[name];
    return type === 'metric' && (seen === undefined || ('unknown' in seen && seen.unknown === 'NotEvaluated'));
  });

function isAbout(decision: DecisionMade, asked: Question): boolean {
  if (asked.kind !== 'HealingAction') return isAsked(targetIn(decision), asked);
  if (decision.kind !== 'step') return false;
  const { action } = decision.input;
  return action.name === asked.name && action.namespace === asked.namespace;
}

const isAsked = (target: TargetRef, { namespace, kind, name }: Question): boolean =>
  target.kind === kind && target.name === name && (target.namespace ?? namespace) === namespace;
