/**
 * What a Prometheus operator and Grafana need: a ServiceMonitor, alert rules and dashboards. `make generate` writes
 * them to config/monitoring and into the chart. Each names series of `/metrics` alone (docs/reference/metrics.md).
 */
import type { Dashboard as DashboardModel, OptionsWithLegend, OptionsWithTooltip } from '@grafana/schema';
import { COMPONENT } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';

const labels = { 'app.kubernetes.io/name': COMPONENT };

export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'warning' | 'critical';
  /** What happened, and what to do. */
  readonly summary: string;
}

export const ALERTS: readonly Alert[] = [
  {
    name: 'KubeSkippyNoLeader',
    expr: 'sum(kubeskippy_leader) < 1 or absent(kubeskippy_leader)',
    for: '2m',
    severity: 'critical',
    summary: 'No operator leads, so that nothing is healed. kubeskippy status says since when; look at its pods.',
  },
  {
    name: 'KubeSkippyPaused',
    expr: 'max(kubeskippy_paused) == 1',
    for: '1h',
    severity: 'warning',
    summary: 'Healing has been paused for an hour. kubeskippy status says by whom; kubeskippy resume ends it.',
  },
  {
    name: 'KubeSkippyPolicyNotReady',
    expr: 'sum by (reason) (kubeskippy_policies{reason!~"Ready|-"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'Policies do not work as written: {{ $labels.reason }}. kubeskippy status names them.',
  },
  {
    name: 'KubeSkippyActionsFail',
    expr: 'sum(increase(kubeskippy_healing_actions_total{phase="Failed"}[1h])) > 3 * sum(increase(kubeskippy_healing_actions_total{phase="Succeeded"}[1h])) + 3',
    for: '10m',
    severity: 'warning',
    summary: 'Most actions of the last hour did not help. kubeskippy report causes says against which causes.',
  },
  {
    name: 'KubeSkippyWatchLost',
    expr: 'max by (resource) (kubeskippy_cache_deaf_seconds) > 300',
    for: '5m',
    severity: 'warning',
    summary: 'Changes of {{ $labels.resource }} are not heard of. kubeskippy check says whether a right is missing.',
  },
  {
    name: 'KubeSkippyQueueStuck',
    expr: 'max by (queue) (kubeskippy_queue_oldest_seconds) > 120',
    for: '5m',
    severity: 'warning',
    summary: 'Work of the loop {{ $labels.queue }} waits for minutes. kubeskippy top says what takes the time.',
  },
  {
    name: 'KubeSkippyApiErrors',
    expr: 'sum(rate(kubeskippy_api_requests_total{code!~"2..|404|409"}[10m])) > 0.2 * sum(rate(kubeskippy_api_requests_total[10m]))',
    for: '10m',
    severity: 'warning',
    summary: 'A fifth of the requests to the API server fail. kubeskippy top says which.',
  },
  {
    name: 'KubeSkippyMessagesLost',
    expr: 'sum by (channel, reason) (increase(kubeskippy_notifications_dropped_total[1h])) > 0',
    for: '0s',
    severity: 'warning',
    summary: 'People were not told: channel {{ $labels.channel }} did not take messages ({{ $labels.reason }}).',
  },
];

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

export const DASHBOARDS: readonly Dashboard[] = [
  {
    uid: 'kubeskippy-fleet',
    title: 'KubeSkippy: the fleet',
    panels: [
      { title: 'Leads', unit: 'short', queries: [['sum(kubeskippy_leader)', 'leaders']] },
      { title: 'Paused', unit: 'short', queries: [['max(kubeskippy_paused)', 'paused']] },
      {
        title: 'Requests to the API server',
        unit: 'reqps',
        queries: [['sum by (verb, code) (rate(kubeskippy_api_requests_total[5m]))', '{{verb}} {{code}}']],
      },
      {
        title: 'Keys that wait',
        unit: 'short',
        queries: [['sum by (queue) (kubeskippy_queue_keys{state="waiting"})', '{{queue}}']],
      },
      { title: 'Oldest key', unit: 's', queries: [['max by (queue) (kubeskippy_queue_oldest_seconds)', '{{queue}}']] },
      {
        title: 'Without a watch',
        unit: 's',
        queries: [['max by (resource) (kubeskippy_cache_deaf_seconds)', '{{resource}}']],
      },
      {
        title: 'Laps',
        unit: 's',
        queries: [
          [
            'histogram_quantile(0.95, sum by (le, controller) (rate(kubeskippy_reconcile_duration_seconds_bucket[5m])))',
            '{{controller}} p95',
          ],
        ],
      },
      { title: 'Memory', unit: 'bytes', queries: [['kubeskippy_process_resident_memory_bytes', '{{pod}}']] },
      {
        title: 'Lost',
        unit: 'short',
        queries: [
          ['sum by (reason) (increase(kubeskippy_events_dropped_total[1h]))', 'Events: {{reason}}'],
          ['sum by (channel) (increase(kubeskippy_notifications_dropped_total[1h]))', 'messages: {{channel}}'],
          ['sum(increase(kubeskippy_policy_statuses_refused_total[1h]))', 'statuses'],
        ],
      },
    ],
  },
  {
    uid: 'kubeskippy-policies',
    title: 'KubeSkippy: policies',
    panels: [
      { title: 'Policies by Ready', unit: 'short', queries: [['sum by (reason) (kubeskippy_policies)', '{{reason}}']] },
      { title: 'Targets', unit: 'short', queries: [['sum by (state) (kubeskippy_targets)', '{{state}}']] },
      { title: 'Firing', unit: 'short', queries: [['sum(kubeskippy_firing_targets)', 'targets']] },
      {
        title: 'Held back by gates',
        unit: 'short',
        queries: [['sum by (reason) (increase(kubeskippy_healing_blocked_total[1h]))', '{{reason}}']],
      },
      { title: 'Without metrics', unit: 'short', queries: [['sum(kubeskippy_policies_without_metrics)', 'policies']] },
    ],
  },
  {
    uid: 'kubeskippy-episodes',
    title: 'KubeSkippy: episodes',
    panels: [
      {
        title: 'Actions',
        unit: 'short',
        queries: [['sum by (type, phase) (increase(kubeskippy_healing_actions_total[1h]))', '{{type}} {{phase}}']],
      },
      {
        title: 'Success by cause',
        unit: 'percentunit',
        queries: [
          [
            'sum by (cause) (increase(kubeskippy_healing_by_cause_total{phase="Succeeded"}[1d])) / sum by (cause) (increase(kubeskippy_healing_by_cause_total[1d]))',
            '{{cause}}',
          ],
        ],
      },
      {
        title: 'Until it acted',
        unit: 's',
        queries: [
          [
            'histogram_quantile(0.9, sum by (le, type) (rate(kubeskippy_episode_stage_seconds_bucket{stage="acted"}[1h])))',
            '{{type}} p90',
          ],
        ],
      },
      {
        title: 'Until it was healed',
        unit: 's',
        queries: [
          [
            'histogram_quantile(0.9, sum by (le, cause) (rate(kubeskippy_episode_stage_seconds_bucket{stage="healed"}[1h])))',
            '{{cause}} p90',
          ],
        ],
      },
      {
        title: 'Looks',
        unit: 's',
        queries: [
          ['histogram_quantile(0.95, sum by (le) (rate(kubeskippy_analysis_duration_seconds_bucket[1h])))', 'p95'],
        ],
      },
      {
        title: 'Questions to the model',
        unit: 'short',
        queries: [['sum by (outcome) (increase(kubeskippy_model_questions_total[1h]))', '{{outcome}}']],
      },
    ],
  },
];

/** Three panels in a row of 24 columns, which is Grafana's grid. */
const [WIDTH, HEIGHT, IN_A_ROW] = [8, 8, 3];

/** A type in which an enum's values are written as they are, as in JSON. */
type Spelled<T> = T extends string
  ? `${T}`
  : T extends readonly unknown[]
    ? T
    : T extends object
      ? { [K in keyof T]: Spelled<T[K]> }
      : T;

const OPTIONS: Spelled<OptionsWithLegend & OptionsWithTooltip> = {
  legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
  tooltip: { mode: 'multi', sort: 'none' },
};

/**
 * In Grafana's own model, which the compiler holds it to.
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
export const dashboardJson = ({ uid, title, panels }: Dashboard): DashboardModel => ({
  uid,
  title,
  tags: [COMPONENT],
  schemaVersion: 39,
  editable: true,
  time: { from: 'now-6h', to: 'now' },
  refresh: '30s',
  templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }] },
  panels: panels.map((panel, index) => ({
    id: index + 1,
    type: 'timeseries',
    title: panel.title,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    gridPos: { x: (index % IN_A_ROW) * WIDTH, y: Math.floor(index / IN_A_ROW) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit: panel.unit }, overrides: [] },
    options: { ...OPTIONS },
    targets: panel.queries.map(([expr, legendFormat], query) => ({
      refId: String.fromCodePoint(65 + query),
      datasource: { type: 'prometheus', uid: '${datasource}' },
      expr,
      legendFormat,
    })),
  })),
});

export function serviceMonitor(namespace: string): KubeObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: COMPONENT, namespace, labels },
    spec: { selector: { matchLabels: labels }, endpoints: [{ port: 'metrics', interval: '30s' }] },
  };
}

export function prometheusRule(namespace: string): KubeObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: COMPONENT, namespace, labels },
    spec: { groups: [ruleGroup()] },
  };
}

export const ruleGroup = () => ({
  name: COMPONENT,
  rules: ALERTS.map(({ name, expr, for: duration, severity, summary }) => ({
    alert: name,
    expr,
    for: duration,
    labels: { severity },
    annotations: { summary },
  })),
});

/** Grafana's sidecar takes ConfigMaps with this label. */
export function dashboardConfigMap(namespace: string): KubeObject {
  const data = DASHBOARDS.map((one) => [`${one.uid}.json`, `${JSON.stringify(dashboardJson(one), undefined, 2)}\n`]);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${COMPONENT}-dashboards`, namespace, labels: { ...labels, grafana_dashboard: '1' } },
    data: Object.fromEntries(data) as Readonly<Record<string, string>>,
  };
}
