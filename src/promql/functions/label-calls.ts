/** `label_replace` and `label_join`: they see labels only, never values. */
import { type Sliced, StepCount } from '../../std/slices.ts';
import type { Call, Expr } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Labels } from '../labels.ts';
import { isLabelName } from '../literals.ts';
import { compileRewrite, joinedText } from '../regex.ts';
import { assertDistinct, ListedLabels, type StepMatrix } from '../step-matrix.ts';

const strings = (on: Evaluation, args: readonly Expr[]): readonly string[] => args.map((arg) => on.string(arg));

/** Beside what it does with the text: the labels are read and made anew. */
const STEPS_PER_ROW = 64;

/** `stepsOf`: what a change takes, in steps of patterns and characters. */
function* relabelled(
  matrix: StepMatrix,
  { change, stepsOf }: { readonly change: (labels: Labels) => Labels; readonly stepsOf: (made: Labels) => number },
): Sliced<StepMatrix> {
  const list: Labels[] = [];
  const steps = new StepCount();
  for (let row = 0; row < matrix.rows; row++) {
    const labels = matrix.labels.at(row);
    list.push(change(labels));
    steps.add(STEPS_PER_ROW + stepsOf(labels));
    if (steps.isPiece()) yield;
  }
  const changed = matrix.relabelled(new ListedLabels(list), false);
  return yield* assertDistinct(changed);
}

export function* replaceLabels(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const [target = '', replacement = '', source = '', pattern = ''] = strings(on, call.args.slice(1));
  const rewrite = compileRewrite(pattern, replacement);
  if ('whyNot' in rewrite) throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`);
  if (!isLabelName(target)) throw new EvaluationError(`invalid destination label name in label_replace(): ${target}`);
  const made = rewrite.value;
  return yield* relabelled(yield* on.vector(call.args[0] as Expr), {
    change: (labels) => {
      on.query.budget.checkTime();
      const text = made.apply(labels.get(source));
      return text === undefined ? labels : labels.with(target, text);
    },
    stepsOf: (labels) => made.size * (labels.get(source).length + 1) + replacement.length,
  });
}

export function* joinLabels(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const [target = '', separator = '', ...sources] = strings(on, call.args.slice(1));
  const invalid = sources.find((name) => !isLabelName(name));
  if (invalid !== undefined) throw new EvaluationError(`invalid source label name in label_join(): ${invalid}`);
  if (!isLabelName(target)) throw new EvaluationError(`invalid destination label name in label_join(): ${target}`);
  const texts = (labels: Labels): readonly string[] => sources.map((name) => labels.get(name));
  return yield* relabelled(yield* on.vector(call.args[0] as Expr), {
    change: (labels) => labels.with(target, joinedText(texts(labels), separator)),
    stepsOf: () => sources.length,
  });
}
