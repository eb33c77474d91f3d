/** Plays the cases of a suite, and counts what the rules, the rules with a model, and the model alone say of them. */
import { analyze } from '../../src/core/analysis/analyze.ts';
import type { CallResult } from '../../src/operator/analysis/model-calls.ts';
import { ABSTAINED, claimOf, claimOfBoth, claimOfModel } from './claims.ts';
import { Asked, type NamedModel, OFFERED } from './model.ts';
import { type Claim, Score } from './score.ts';
import type { EvalCase, Suite } from './suite.ts';

export interface EvaluationOptions {
  readonly models: readonly NamedModel[];
  /** Of each suite; spread over it. Undefined: all. */
  readonly cases: number | undefined;
  readonly signal: AbortSignal;
}

export interface Evaluated {
  /** A table for each arm. */
  readonly tables: readonly string[];
  /** Of the rules alone. */
  readonly mistakes: readonly string[];
}

interface ModelArm {
  readonly name: string;
  readonly asked: Asked;
  readonly both: Score;
  readonly alone: Score;
  /** Answers that did not count, by why. */
  readonly failures: Map<string, number>;
}

export async function evaluated(suite: Suite, { models, cases, signal }: EvaluationOptions): Promise<Evaluated> {
  const rules = new Score();
  const arms = models.map(
    ({ name, model }): ModelArm => ({
      name,
      asked: new Asked(model, signal),
      both: new Score(),
      alone: new Score(),
      failures: new Map(),
    }),
  );
  const mistakes: string[] = [];
  for (const name of spread(suite.names, cases)) {
    const one = await suite.read(name);
    const analysis = analyze(one.snapshot);
    const claim = claimOf(analysis);
    const { cause, object } = rules.add(one.expected, claim);
    if (cause === 'wrong' || object === 'wrong') mistakes.push(mistakeText(one, claim, analysis.findings[0]?.text));
    for (const arm of arms) {
      const withRules = await arm.asked.about(one, analysis);
      arm.both.add(
        one.expected,
        counted(arm, withRules, claim, (advice) => claimOfBoth(analysis, claimOfModel(advice, OFFERED), advice)),
      );
      const alone = await arm.asked.about(one, undefined);
      arm.alone.add(
        one.expected,
        counted(arm, alone, ABSTAINED, (advice) => claimOfModel(advice, OFFERED)),
      );
    }
  }
  return {
    tables: [
      rules.text(`${suite.title}: rules alone`),
      ...arms.flatMap((arm) => [
        arm.both.text(`${suite.title}: rules and ${arm.name}`),
        arm.alone.text(`${suite.title}: ${arm.name}, without rules`),
        failuresText(arm),
      ]),
    ],
    mistakes,
  };
}

/** An answer that does not count leaves what was there without it. */
function counted(
  { failures }: ModelArm,
  result: CallResult,
  without: Claim,
  claim: (advice: Extract<CallResult, { readonly advice: unknown }>['advice']) => Claim,
): Claim {
  if ('advice' in result) return claim(result.advice);
  failures.set(result.failure, (failures.get(result.failure) ?? 0) + 1);
  return without;
}

const failuresText = ({ name, failures }: ModelArm): string =>
  failures.size === 0
    ? `Every answer of ${name} counted.`
    : `Answers of ${name} that did not count: ${[...failures]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([why, count]) => `${why} ${count}`)
        .join(', ')}.`;

function mistakeText({ name, expected }: EvalCase, { causes, root }: Claim, text = ''): string {
  const found = causes.slice(0, 4).join(', ') || 'abstained';
  const place = root === undefined ? '' : ` at ${root.kind} ${root.name}`;
  return `${name}: ${found}${place} (${expected.causes.join(', ') || 'nothing'}); ${text}`;
}

/** Evenly over the suite, so that all families are met. */
function spread(names: readonly string[], cases: number | undefined): readonly string[] {
  if (cases === undefined || cases >= names.length) return names;
  return Array.from({ length: cases }, (_, index) => names[Math.floor((index * names.length) / cases)] ?? '');
}
