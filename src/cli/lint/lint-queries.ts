/**
 * What is wrong with the queries of a policy before a cluster sees them. Pure: text and settings in, findings with line
 * and column out.
 */
import { type KubeletMetrics, mayProvide } from '../../adapters/metrics/embedded/kubelet-poller.ts';
import { allowListFor } from '../../adapters/metrics/embedded/metadata-families.ts';
import { isProvided } from '../../adapters/metrics/embedded/registry.ts';
import { replacementFor } from '../../adapters/metrics/embedded/short-names.ts';
import { needsOf } from '../../adapters/metrics/embedded/requirements.ts';
import { missingTarget } from '../../adapters/metrics/query-target.ts';
import type { MetricTrigger } from '../../api/policy.ts';
import type { QueryFinding } from '../../core/reasons/index.ts';
import {
  type Binary,
  boundsOf,
  callsOf,
  canHold,
  children,
  type ComparisonOperator,
  COMPARISONS,
  type Expr,
  formatFloat,
  NATIVE_ONLY,
  parse,
  ParseError,
  positionAt,
  typeOf,
} from '../../promql/index.ts';

/** Where the text of a query begins in its file, one-based. */
export interface QueryOrigin {
  readonly line: number;
  readonly column: number;
  /** The column at which further lines of the query begin (block scalars); the first line's when missing. */
  readonly indentColumn?: number;
}

export interface PolicyQuery {
  readonly trigger: string;
  readonly query: string;
  readonly operator: ComparisonOperator;
  readonly threshold: number;
  readonly target: MetricTrigger['target'];
  readonly origin: QueryOrigin;
}

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: QueryFinding;
  readonly message: string;
  readonly trigger: string;
  readonly line: number;
  readonly column: number;
}

export interface LintSettings {
  /** `embedded`: families are known, and others are refused. `prometheus`: any family may exist. */
  readonly source: 'embedded' | 'prometheus';
  /** What the embedded source may ask kubelets for; omitted: nothing. */
  readonly kubelets?: KubeletMetrics | undefined;
  /** Families of labels and annotations that the configuration allows; omitted: none. */
  readonly allowed?: ReadonlySet<string>;
}

type Complaint = {
  readonly severity: Finding['severity'];
  readonly code: QueryFinding;
  readonly message: string;
  readonly offset: number;
};

export function lintPolicyQueries(queries: readonly PolicyQuery[], settings: LintSettings): readonly Finding[] {
  return queries.flatMap((query) =>
    complaints(query, settings).map(({ severity, code, message, offset }) => ({
      severity,
      code,
      message,
      trigger: query.trigger,
      ...place(query, offset),
    })),
  );
}

function place({ query, origin }: PolicyQuery, offset: number): { line: number; column: number } {
  const { line, column } = positionAt(query, offset);
  if (line === 1) return { line: origin.line, column: origin.column + column - 1 };
  return { line: origin.line + line - 1, column: (origin.indentColumn ?? origin.column) + column - 1 };
}

function complaints(query: PolicyQuery, settings: LintSettings): readonly Complaint[] {
  let expr: Expr;
  try {
    expr = parse(query.query);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return [{ severity: 'error', code: 'InvalidQuery', message: error.detail, offset: error.span.start }];
  }
  const type = typeOf(expr);
  if (type === 'matrix' || type === 'string') {
    const message = `the query answers a ${type === 'matrix' ? 'range vector' : 'string'}; a trigger compares an instant vector or scalar`;
    return [{ severity: 'error', code: 'NotAVector', message, offset: expr.span.start }];
  }
  return [
    ...nativeHistograms(expr, settings),
    ...missingFamilies(expr, settings),
    ...targetless(expr, query),
    ...hopelessFilters(expr),
    ...hopelessThreshold(expr, query),
  ];
}

/** They parse and answer nothing, whatever happens. */
function nativeHistograms(expr: Expr, { source }: LintSettings): readonly Complaint[] {
  if (source !== 'embedded') return [];
  return callsOf(expr)
    .filter(({ func }) => NATIVE_ONLY.has(func.name))
    .map(({ func, span }) => ({
      severity: 'error',
      code: 'InvalidQuery',
      message: `${func.name} reads native histograms, which the embedded source does not keep`,
      offset: span.start,
    }));
}

function missingFamilies(expr: Expr, { source, kubelets, allowed }: LintSettings): readonly Complaint[] {
  if (source !== 'embedded') return [];
  return needsOf(expr, 0).flatMap(({ families, selector }): readonly Complaint[] => {
    const at = { severity: 'error', code: 'NoSuchFamily', offset: selector.span.start } as const;
    if (families === undefined)
      return [{ ...at, message: 'the embedded source needs the name of the metric, exactly or as alternatives' }];
    const scraped = selector.matchers.find(({ name }) => name === 'job' || name === 'instance');
    const missing = families.filter(
      (family) =>
        !isProvided(family) &&
        allowed?.has(family) !== true &&
        (kubelets === undefined || !mayProvide(family, kubelets)),
    );
    if (missing.length > 0)
      return [
        {
          ...at,
          message: `the embedded source does not provide ${missing.map(withAdvice).join(', ')}`,
        },
      ];
    return scraped === undefined
      ? []
      : [{ ...at, message: `embedded series have no label ${scraped.name}: leave it out of the query` }];
  });
}

const withAdvice = (family: string): string => `${family}${replacementFor(family)}${allowListFor(family)}`;

function targetless(expr: Expr, { target }: PolicyQuery): readonly Complaint[] {
  const message = missingTarget(expr, target);
  return message === undefined ? [] : [{ severity: 'error', code: 'NoTarget', message, offset: expr.span.start }];
}

function hopelessFilters(expr: Expr): readonly Complaint[] {
  const own = expr.kind === 'binary' && COMPARISONS.has(expr.op) ? hopelessFilter(expr) : [];
  return [...own, ...children(expr).flatMap(hopelessFilters)];
}

const MIRRORED: Readonly<Record<string, ComparisonOperator>> = {
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};

function hopelessFilter({ op, lhs, rhs, opSpan }: Binary): readonly Complaint[] {
  const isMirrored = lhs.kind === 'number';
  const literal = isMirrored ? lhs : rhs;
  if (literal.kind !== 'number') return [];
  const operator = isMirrored ? MIRRORED[op] : (op as ComparisonOperator);
  return operator === undefined
    ? []
    : judge(isMirrored ? rhs : lhs, { operator, threshold: literal.value, offset: opSpan.start });
}

function hopelessThreshold(expr: Expr, { operator, threshold }: PolicyQuery): readonly Complaint[] {
  return judge(expr, { operator, threshold, offset: expr.span.start }).filter(({ code }) => code === 'NeverTrue');
}

function judge(
  expr: Expr,
  at: { operator: ComparisonOperator; threshold: number; offset: number },
): readonly Complaint[] {
  const bounds = boundsOf(expr);
  const { some, every } = canHold(bounds, at.operator, at.threshold);
  const range = `values lie between ${formatFloat(bounds.least)} and ${formatFloat(bounds.most)}`;
  const comparison = `${at.operator} ${formatFloat(at.threshold)}`;
  if (!some)
    return [
      { severity: 'error', code: 'NeverTrue', message: `${comparison} can never hold: ${range}`, offset: at.offset },
    ];
  return every
    ? [{ severity: 'warning', code: 'AlwaysTrue', message: `${comparison} always holds: ${range}`, offset: at.offset }]
    : [];
}
