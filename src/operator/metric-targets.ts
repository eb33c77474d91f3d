/** From series to targets and back: which objects of a policy an answer speaks of, and what it says of one of them. */
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingPolicy, MetricTrigger } from '../api/policy.ts';
import { type MetricSeen, type SeenSample, seenSample } from '../core/metrics/answer.ts';
import { means, outermostSelected, subjectOf } from '../core/metrics/subject.ts';
import { type MetricHealth, metricHealth } from '../core/target/metric-health.ts';
import { outsideScope } from '../core/target/scope.ts';
import { compare } from '../core/triggers/metric.ts';
import type { Attributed, MetricAnswer } from './metric-answer.ts';
import type { Seeing } from './roles.ts';
import { given } from '../std/given.ts';
import type { Sliced } from '../std/slices.ts';

type Seen = Pick<Seeing, 'world' | 'scope' | 'metrics'>;

/** The newest answers by trigger, as far as they are about the object. */
export function metricsOf(
  seeing: Seen,
  policy: HealingPolicy,
  object: KubeObject,
): Readonly<Record<string, MetricSeen>> {
  const seen: Record<string, MetricSeen> = {};
  for (const trigger of policy.triggers) {
    if (trigger.type !== 'metric') continue;
    const answer = seeing.metrics.answerTo(trigger);
    if (answer !== undefined) seen[trigger.name] = ofTarget(seeing, { policy, trigger, answer }, object);
  }
  return seen;
}

interface Asked {
  readonly policy: HealingPolicy;
  readonly trigger: MetricTrigger;
  readonly answer: MetricAnswer;
}

function ofTarget(seeing: Seen, { policy, trigger, answer }: Asked, object: KubeObject): MetricSeen {
  const { result, at, goodUntil, unbrokenSince, absence } = answer;
  if (result.type === 'unknown') return { unknown: result.reason, message: result.message };
  const series: SeenSample[] =
    trigger.target?.aggregate === undefined
      ? []
      : answer.aboutNoObject(trigger.target).map(({ sample }) => seenSample(sample));
  for (const one of [object, ...seeing.world.dependentsOf(object)]) {
    const { namespace, name } = one.metadata;
    const about = answer.about(trigger.target, { kind: one.kind, name, ...given({ namespace }) });
    if (about.length === 0 || targetAbove(seeing, policy, one)?.metadata.uid !== object.metadata.uid) continue;
    for (const { subject, sample } of about) if (means(subject, one, trigger.target)) series.push(seenSample(sample));
  }
  return { at, goodUntil, ...given({ unbrokenSince }), absence, series };
}

const targetAbove = (
  { world, scope }: Pick<Seeing, 'world' | 'scope'>,
  policy: HealingPolicy,
  object: KubeObject,
): KubeObject | undefined =>
  outermostSelected([object, ...world.chainOf(object)], (one) => outsideScope(policy, one, scope) === undefined);

/** The targets for which the trigger's comparison holds now; `all` when it holds for every selected object. */
export function* holdingTargets(
  seeing: Seen,
  policy: HealingPolicy,
  trigger: MetricTrigger,
): Sliced<'all' | readonly KubeObject[]> {
  const answer = seeing.metrics.answerTo(trigger);
  if (answer === undefined) return [];
  const targets = new Set<KubeObject>();
  for (const sample of answer.samples) {
    yield;
    if (!compare(trigger, sample.value)) continue;
    const subject = subjectOf(sample.labels, trigger.target);
    if (subject === undefined && trigger.target?.aggregate !== undefined) return 'all';
    const target = targetNamed(seeing, policy, { trigger, subject });
    if (target !== undefined) targets.add(target);
  }
  return [...targets];
}

function targetNamed(
  seeing: Pick<Seeing, 'world' | 'scope'>,
  policy: HealingPolicy,
  { trigger, subject }: { readonly trigger: MetricTrigger; readonly subject: Attributed['subject'] },
): KubeObject | undefined {
  if (subject === undefined) return undefined;
  const { kind, namespace, name } = subject;
  const object = seeing.world.named(kind, { namespace, name }, (found) => means(subject, found, trigger.target));
  return object && targetAbove(seeing, policy, object);
}

/** So many series are looked at: an answer with more of them that name no target is told of after them. */
const MAX_LOOKED_AT = 1000;

/**
 * Of an answer that has series, and none about an object that the policy selects: how many there are. Such a trigger
 * never fires, and its condition would say that every query was answered.
 */
function aboutNobody(seeing: Seen, policy: HealingPolicy, trigger: MetricTrigger): string | undefined {
  const samples = seeing.metrics.answerTo(trigger)?.samples ?? [];
  if (samples.length === 0 || trigger.target?.aggregate !== undefined) return undefined;
  const names = ({ labels }: (typeof samples)[number]): boolean =>
    targetNamed(seeing, policy, { trigger, subject: subjectOf(labels, trigger.target) }) !== undefined;
  if (samples.slice(0, MAX_LOOKED_AT).some(names)) return undefined;
  return `trigger ${trigger.name}: none of ${samples.length} series is about an object that the policy selects`;
}

/** Whether the data of the policy's metric triggers are there, and are about its targets. */
export const healthOfMetrics = (seeing: Seen, policy: HealingPolicy | undefined): readonly MetricHealth[] =>
  metricHealth(policy?.triggers ?? [], (trigger) => {
    const result = seeing.metrics.answerTo(trigger)?.result;
    const nobody = policy && aboutNobody(seeing, policy, trigger);
    return result && { result, ...given({ aboutNobody: nobody }) };
  });
