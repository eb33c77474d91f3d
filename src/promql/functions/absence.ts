/** The answer of `absent()` and `absent_over_time()`. */
import type { Sliced } from '../../std/slices.ts';
import type { Expr } from '../ast.ts';
import { Labels } from '../labels.ts';
import { ListedLabels, StepMatrix } from '../step-matrix.ts';

/** One row with value 1 at the steps marked, with the labels that the selector asks for by equality. */
export function absence(isAbsent: Float64Array, arg: Expr): Sliced<StepMatrix> {
  return new StepMatrix({
    rows: 1,
    steps: isAbsent.length,
    labels: new ListedLabels([absentLabels(arg)]),
    values: isAbsent,
    present: Uint8Array.from(isAbsent),
    distinct: true,
  }).compacted();
}

/** A label asked for twice is left out, as is the metric's name. */
function absentLabels(arg: Expr): Labels {
  const selector = arg.kind === 'matrix' ? arg.selector : arg;
  if (selector.kind !== 'selector') return Labels.EMPTY;
  const wanted: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { name, type, value } of selector.matchers) {
    if (name === '__name__') continue;
    wanted[name] = type === '=' && !seen.has(name) ? value : '';
    if (type === '=') seen.add(name);
  }
  return Labels.of(wanted);
}
