/** What `absent()` and `absent_over_time()` answer is labelled with what the selector asks for by equality. */
import type { Expr } from '../ast.ts';
import { Labels } from '../labels.ts';

/** A label asked for twice is left out, as is the metric's name. */
export function absentLabels(arg: Expr): Labels {
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
