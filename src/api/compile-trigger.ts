/** `spec.triggers[]`: from the defaulted wire form to what `core/triggers` evaluates. */
import { parseDuration } from '../std/duration.ts';
import { assert, unreachable } from '../std/assert.ts';
import { given } from '../std/given.ts';
import { patternProblem } from './pattern.ts';
import { eventPatternsSize, type PatternAllowance } from './policy-cost.ts';
import type { MetricTrigger, WrittenTrigger } from './policy.ts';
import type { PathSegment, Problem } from './problem.ts';
import { type TriggerSpec, triggerBlocks } from './trigger-schema.ts';

/** Checks of languages that this folder does not know; each answers when the text cannot work. */
export interface LanguageChecks {
  readonly promql?: (
    trigger: Pick<MetricTrigger, 'query' | 'target'>,
    patterns: Pick<PatternAllowance, 'take'>,
  ) => MetricProblem | undefined;
  readonly cel?: (expression: string) => string | undefined;
}

/** `NoTarget`: the labels of the result can name no object. */
export interface MetricProblem {
  readonly reason: 'InvalidQuery' | 'TooExpensive' | 'NoTarget';
  readonly message: string;
}

export interface TriggerProblem {
  readonly path: readonly PathSegment[];
  readonly message: string;
  readonly reason: Problem['reason'];
}

export type CompiledTrigger = { readonly trigger: WrittenTrigger } | { readonly problems: readonly TriggerProblem[] };

/** The schema's pattern accepts exactly what the parser reads. */
export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  assert(ms !== undefined, `a duration that the schema accepted: ${text}`);
  return ms;
}

/** What compiling is given. */
export interface TriggerChecks extends LanguageChecks {
  readonly patterns: Pick<PatternAllowance, 'take'>;
  /** For the patterns of one event trigger. */
  readonly eventSteps: number;
  /** For one look of one expression. */
  readonly expressionCost: number;
}

export function compileTrigger(spec: TriggerSpec, checks: TriggerChecks): CompiledTrigger {
  for (const [type, block] of Object.entries(triggerBlocks)) {
    if (type !== spec.type && spec[block] !== undefined) {
      return {
        problems: [{ path: [block], message: `is forbidden when type is ${spec.type}`, reason: 'InvalidField' }],
      };
    }
  }
  const common = { name: spec.name, cooldownMs: milliseconds(spec.cooldownPeriod) };
  switch (spec.type) {
    case 'metric':
      return spec.metricTrigger ? compileMetric(common, spec.metricTrigger, checks) : missing('metricTrigger', spec);
    case 'event':
      return spec.eventTrigger ? compileEvent(common, spec.eventTrigger, checks) : missing('eventTrigger', spec);
    case 'condition': {
      if (!spec.conditionTrigger) return missing('conditionTrigger', spec);
      const { type: conditionType, status, duration } = spec.conditionTrigger;
      return { trigger: { ...common, type: 'condition', conditionType, status, durationMs: milliseconds(duration) } };
    }
    case 'expression':
      return spec.expressionTrigger
        ? compileExpression(common, spec.expressionTrigger, checks)
        : missing('expressionTrigger', spec);
    default:
      return unreachable(spec.type);
  }
}

const missing = (block: string, spec: TriggerSpec): CompiledTrigger => ({
  problems: [{ path: [block], message: `is required when type is ${spec.type}`, reason: 'InvalidField' }],
});

interface Common {
  readonly name: string;
  readonly cooldownMs: number;
}

function compileMetric(
  common: Common,
  block: NonNullable<TriggerSpec['metricTrigger']>,
  checks: TriggerChecks,
): CompiledTrigger {
  const wrong = checks.promql?.(block, checks.patterns);
  if (wrong !== undefined) return { problems: [{ path: ['metricTrigger', 'query'], ...wrong }] };
  return {
    trigger: {
      ...common,
      type: 'metric',
      query: block.query,
      operator: block.operator,
      threshold: block.threshold,
      durationMs: milliseconds(block.duration),
      keepFiringForMs: milliseconds(block.keepFiringFor),
      ...given({ source: block.source, target: block.target }),
    },
  };
}

function compileExpression(
  common: Common,
  block: NonNullable<TriggerSpec['expressionTrigger']>,
  checks: TriggerChecks,
): CompiledTrigger {
  const wrong = checks.cel?.(block.expression);
  if (wrong !== undefined)
    return { problems: [{ path: ['expressionTrigger', 'expression'], message: wrong, reason: 'InvalidExpression' }] };
  const { expression, duration } = block;
  const { expressionCost: maxCost } = checks;
  return { trigger: { ...common, type: 'expression', expression, maxCost, durationMs: milliseconds(duration) } };
}

function compileEvent(
  common: Common,
  block: NonNullable<TriggerSpec['eventTrigger']>,
  { patterns, eventSteps: maxSteps }: TriggerChecks,
): CompiledTrigger {
  const problems: TriggerProblem[] = [];
  // Before any is compiled: that takes longer than a match.
  const large = patterns.take(eventPatternsSize([block.reason ?? '', block.message ?? '']));
  if (large !== undefined) return { problems: [{ path: ['eventTrigger'], message: large, reason: 'TooExpensive' }] };
  for (const name of ['reason', 'message'] as const) {
    const problem = patternProblem(block[name] ?? '');
    if (problem !== undefined)
      problems.push({ path: ['eventTrigger', name], message: problem, reason: 'InvalidPattern' });
  }
  if (problems.length > 0) return { problems };
  // An empty text is what a Go client writes for "any".
  return {
    trigger: {
      ...common,
      type: 'event',
      ...given({
        reason: block.reason || undefined,
        message: block.message || undefined,
        eventType: block.type || undefined,
      }),
      count: block.count,
      windowMs: milliseconds(block.window),
      maxSteps,
    },
  };
}
