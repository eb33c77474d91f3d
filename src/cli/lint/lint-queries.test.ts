import { describe, expect, it } from 'vitest';
import { lintPolicyQueries, type PolicyQuery } from './lint-queries.ts';

const lint = (
  query: string,
  more: Partial<PolicyQuery> & { source?: 'embedded' | 'prometheus' } = {},
): readonly string[] => {
  const { source = 'prometheus', ...given } = more;
  const one: PolicyQuery = {
    trigger: 't',
    query,
    operator: '>',
    threshold: 0.5,
    target: undefined,
    origin: { line: 10, column: 16 },
    ...given,
  };
  return lintPolicyQueries([one], { source }).map(({ code, line, column }) => `${code} ${line}:${column}`);
};

describe('lint', () => {
  it.each([
    'rate(kube_pod_container_status_restarts_total[5m])',
    'sum by (namespace, pod) (rate(x_total[5m]))',
    'max by (node) (x)',
    'count by (exported_namespace, exported_pod) (x)',
    'sum by (namespace, pod) (a) / on (namespace, pod) group_left (x) sum by (namespace, pod) (b)',
    'label_replace(sum by (namespace) (x), "deployment", "web", "", "")',
    'kube_pod_status_phase{phase="Pending"}',
  ])('has nothing against %s', (query) => {
    expect(lint(query)).toEqual([]);
  });

  it.each([
    ['sum(rate(x[5m]))', 'NoTarget 10:16'],
    ['sum by (namespace) (x)', 'NoTarget 10:16'],
    ['sum without (pod, node, instance, namespace) (kube_x)', 'NoTarget 10:16'],
    ['vector(1)', 'NoTarget 10:16'],
    ['absent(x)', 'NoTarget 10:16'],
    ['time()', 'NoTarget 10:16'],
    ['a * on (team) b', 'NoTarget 10:16'],
    ['rate(x)', 'InvalidQuery 10:21'],
    ['x[5m]', 'NotAVector 10:16'],
    ['up > 1', 'NeverTrue 10:19'],
    ['2 < up', 'NeverTrue 10:18'],
    ['up >= 0', 'AlwaysTrue 10:19'],
    ['rate(x_total[5m]) < 0', 'NeverTrue 10:34'],
    ['sum by (node) (rate(x_total{code="5"}[5m])) / sum by (node) (rate(x_total[5m])) > 100', 'NeverTrue 10:96'],
    ['hour() > 23 and on () x', 'NeverTrue 10:23'],
  ])('%s: %s', (query, finding) => {
    expect(lint(query)).toContain(finding);
  });

  it('judges the trigger against what the query can answer', () => {
    expect(lint('up', { threshold: 1 })).toEqual(['NeverTrue 10:16']);
    expect(lint('up', { operator: '==', threshold: 0 })).toEqual([]);
    expect(lint('up * 100', { threshold: 99 })).toEqual([]);
    expect(lint('sum(x)', { target: { aggregate: 'AllSelected' } })).toEqual([]);
  });

  it('knows what the embedded source provides', () => {
    expect(lint('kube_pod_info + node_load1', { source: 'embedded' })).toEqual(['NoSuchFamily 10:32']);
    expect(lint('kube_pod_owner{job="kube-state-metrics"} + 1', { source: 'embedded' })).toEqual([
      'NoSuchFamily 10:16',
    ]);
    expect(lint('1 + histogram_avg(kube_pod_info)', { source: 'embedded' })).toEqual(['InvalidQuery 10:20']);
    expect(lint('memory_usage_percent', { source: 'embedded', threshold: 85 })).toEqual([]);
  });

  it('counts lines of a block scalar from its indentation', () => {
    expect(lint('up\n  > 1', { origin: { line: 20, column: 9, indentColumn: 9 } })).toEqual(['NeverTrue 21:11']);
  });
});
