/** `label_replace` and `label_join`: they see labels only, never values. */
import { inPieces, type Sliced } from '../../std/slices.ts';
import type { Call, Expr } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Labels } from '../labels.ts';
import { isLabelName } from '../literals.ts';
import { compileRewrite } from '../regex.ts';
import { assertDistinct, ListedLabels, type StepMatrix } from '../step-matrix.ts';

const strings = (on: Evaluation, args: readonly Expr[]): readonly string[] => args.map((arg) => on.string(arg));

function* relabelled(matrix: StepMatrix, change: (labels: Labels) => Labels): Sliced<StepMatrix> {
  const list: Labels[] = [];
  // A pattern of the largest size takes 50 µs for a text of 60 characters.
  yield* inPieces(matrix.rows, (from, to) => {
    for (let row = from; row < to; row++) list.push(change(matrix.labels.at(row)));
  });
  const changed = matrix.relabelled(new ListedLabels(list), false);
  return yield* assertDistinct(changed);
}

export function* replaceLabels(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const [target = '', replacement = '', source = '', pattern = ''] = strings(on, call.args.slice(1));
  const rewrite = compileRewrite(pattern, replacement);
  if ('whyNot' in rewrite) throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`);
  if (!isLabelName(target)) throw new EvaluationError(`invalid destination label name in label_replace(): ${target}`);
  return yield* relabelled(yield* on.vector(call.args[0] as Expr), (labels) => {
    on.query.budget.checkTime();
    const text = rewrite.value.apply(labels.get(source));
    return text === undefined ? labels : labels.with(target, text);
  });
}

export function* joinLabels(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const [target = '', separator = '', ...sources] = strings(on, call.args.slice(1));
  const invalid = sources.find((name) => !isLabelName(name));
  if (invalid !== undefined) throw new EvaluationError(`invalid source label name in label_join(): ${invalid}`);
  if (!isLabelName(target)) throw new EvaluationError(`invalid destination label name in label_join(): ${target}`);
  return yield* relabelled(yield* on.vector(call.args[0] as Expr), (labels) =>
    labels.with(target, sources.map((name) => labels.get(name)).join(separator)),
  );
}
