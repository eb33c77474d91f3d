/** What a query needs of the embedded source: which families, and how far back it looks. */

import {
  children,
  compileMatch,
  type Expr,
  METRIC_NAME,
  type TimeShift,
  type VectorSelector,
} from '../../../promql/index.ts';
import type { Instant } from '../../../std/clock.ts';

export interface Need {
  /** Family names; undefined when the selector does not say. */
  readonly families: readonly string[] | undefined;
  /** The earliest instant of which samples are needed, for a query at `at`. */
  readonly from: Instant;
  readonly selector: VectorSelector;
}

export function needsOf(expr: Expr, at: Instant): readonly Need[] {
  return collect(expr, { at, now: at });
}

/** `at` is the earliest instant at which the expression is evaluated; `now` is what `@ start()` means. */
function collect(expr: Expr, when: { at: Instant; now: Instant }): readonly Need[] {
  if (expr.kind === 'selector')
    return [{ families: familiesOf(expr), from: shifted(expr.shift, when), selector: expr }];
  if (expr.kind === 'matrix') {
    const { selector, rangeMs } = expr;
    return [{ families: familiesOf(selector), from: shifted(selector.shift, when) - rangeMs, selector }];
  }
  if (expr.kind === 'subquery')
    return collect(expr.expr, { at: shifted(expr.shift, when) - expr.rangeMs, now: when.now });
  return children(expr).flatMap((child) => collect(child, when));
}

function shifted({ atMs, anchor, offsetMs }: TimeShift, { at, now }: { at: Instant; now: Instant }): Instant {
  return (atMs ?? (anchor === undefined ? at : now)) - offsetMs;
}

export function familiesOf({ matchers }: VectorSelector): readonly string[] | undefined {
  for (const matcher of matchers) {
    if (matcher.name !== METRIC_NAME) continue;
    const match = compileMatch(matcher);
    if ('value' in match && match.value.values !== undefined) return match.value.values.filter((name) => name !== '');
  }
  return undefined;
}
