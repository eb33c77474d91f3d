/** Whether the labels of a query's result can name an object. */
import type { MetricTrigger } from '../../api/policy.ts';
import { type Expr, type LabelBound, mayHave, resultLabels } from '../../promql/index.ts';

const NAMESPACED = [
  'pod',
  'deployment',
  'statefulset',
  'daemonset',
  'job_name',
  'cronjob',
  'horizontalpodautoscaler',
  'persistentvolumeclaim',
  'service',
  'replicaset',
  'poddisruptionbudget',
];

/** What is missing, in a sentence; undefined when nothing is. */
export function missingTarget(expr: Expr, target: MetricTrigger['target']): string | undefined {
  if (target?.aggregate !== undefined) return undefined;
  const bound = resultLabels(expr);
  const has = (label: string): boolean => bound !== undefined && mayHave(bound, label);
  if (target?.nameLabel !== undefined) {
    return has(target.nameLabel)
      ? undefined
      : `the result ${describe(bound)}, and not ${target.nameLabel}, which target.nameLabel names`;
  }
  const namespace = target?.namespaceLabel ?? 'namespace';
  // Only a list of labels is trusted to name exported_ ones: a series that may have any label does not have those.
  const spellings = (label: string): readonly string[] =>
    bound?.type === 'only' ? [label, `exported_${label}`] : [label];
  const any = (labels: readonly string[]): boolean => labels.flatMap(spellings).some(has);
  if (
    (bound?.type === 'only' && has('persistentvolume')) ||
    any(['node', 'instance']) ||
    (any([namespace]) && any(NAMESPACED))
  )
    return undefined;
  return `the result ${describe(bound)} and so names no object: keep ${namespace} and one of ${NAMESPACED.slice(0, 4).join(', ')}, …, or node, for example with \`by (namespace, pod)\`, or set \`target\``;
}

function describe(bound: LabelBound | undefined): string {
  if (bound === undefined) return 'is a single number';
  const names = [...bound.names].join(', ');
  if (bound.type === 'only') return names === '' ? 'has no labels' : `has only the labels ${names}`;
  return names === '' ? 'may have any label' : `has lost the labels ${names}`;
}
