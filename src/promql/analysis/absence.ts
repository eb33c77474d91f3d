/** Whether a series that is not in the result was left out for what its values are, or whether there is none. */
import { unreachable } from '../../std/assert.ts';
import { type Aggregate, type Binary, type Call, COMPARISONS, type Expr, typeOf, type VectorSelector } from '../ast.ts';

/**
 * Published while something is the case and not at all otherwise: the reasons of kube-state-metrics, Prometheus' own
 * alerts.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md
 */
const WHILE_IT_HOLDS =
  /^(kube_pod_(init_)?container_status_(waiting|terminated|last_terminated)_reason|kube_pod_status_unschedulable|kube_pod_deletion_timestamp|kube_node_spec_taint|ALERTS|ALERTS_FOR_STATE)$/;

/** True: absence means "no". False: absence means that there is no such series, or that it is unknown. */
export function leavesOut(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return false;
    case 'selector':
      return isPublishedWhile(expr);
    case 'matrix':
      return isPublishedWhile(expr.selector);
    case 'paren':
    case 'unary':
    case 'subquery':
      return leavesOut(expr.expr);
    case 'aggregate':
      return ofAggregate(expr);
    case 'call':
      return ofCall(expr);
    case 'binary':
      return ofBinary(expr);
    default:
      return unreachable(expr);
  }
}

function isPublishedWhile({ name, matchers }: VectorSelector): boolean {
  return WHILE_IT_HOLDS.test(
    name || (matchers.find((matcher) => matcher.name === '__name__' && matcher.type === '=')?.value ?? ''),
  );
}

const ofAggregate = ({ op, expr }: Aggregate): boolean => op === 'topk' || op === 'bottomk' || leavesOut(expr);

function ofCall({ func, args }: Call): boolean {
  if (func.name === 'absent' || func.name === 'absent_over_time') return true;
  return args.some((arg) => typeOf(arg) !== 'scalar' && leavesOut(arg));
}

function ofBinary({ op, lhs, rhs, returnsBool }: Binary): boolean {
  if (COMPARISONS.has(op) && !returnsBool) return true;
  if (op === 'and' || op === 'unless') return true;
  // What is in neither of two filters holds in neither; what one side has as it is, is there when it exists.
  if (op === 'or') return leavesOut(lhs) && leavesOut(rhs);
  return leavesOut(lhs) || leavesOut(rhs);
}
