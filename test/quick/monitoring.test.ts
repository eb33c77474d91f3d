/** Alerts and dashboards: each query parses, and asks for series that the operator has. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  operatorMetrics,
  processMetrics,
  recordingMetrics,
  tracingMetrics,
} from '../../src/adapters/operator-metrics.ts';
import { familiesOfQuery } from '../../src/adapters/metrics/provider.ts';
import { ALERTS, DASHBOARDS, dashboardJson, ruleGroup } from '../../src/cli/install/monitoring-objects.ts';
import { parse } from '../../src/promql/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-alerts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function names(): Promise<ReadonlySet<string>> {
  const registry = new Registry();
  recordingMetrics(registry);
  tracingMetrics(registry);
  processMetrics(registry, { version: '', isLeader: () => false });
  operatorMetrics(registry).vitals(() => ({
    queues: [],
    caches: [],
    policies: {},
    targets: { matched: 0, unhealthy: 0, unknown: 0 },
    firing: 0,
    withoutMetrics: 0,
    keptNodes: 0,
  }));
  const metrics = await registry.getMetricsAsJSON();
  return new Set(metrics.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
}

const queries = [
  ...ALERTS.map(({ name, expr }) => [name, expr] as const),
  ...DASHBOARDS.flatMap(({ title, panels }) =>
    panels.flatMap((panel) => panel.queries.map(([expr]) => [`${title}, ${panel.title}`, expr] as const)),
  ),
];

describe('what watches over the operator', () => {
  it.each(queries)('%s asks for series that there are', async (_title, expr) => {
    expect(() => parse(expr)).not.toThrow();
    const known = await names();
    const asked = familiesOfQuery(expr) ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !known.has(name) && !name.startsWith('kubeskippy_process_'))).toEqual([]);
  });

  it('has no two panels of one dashboard in one place', () => {
    for (const dashboard of DASHBOARDS) {
      const { panels } = dashboardJson(dashboard) as {
        readonly panels: readonly { readonly gridPos: object; readonly id: number }[];
      };
      expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(panels.length);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    }
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  if (!promtool) console.log('skipped: alert rules are checked by promtool, which is not there');
  it.skipIf(!promtool)('has rules that promtool takes, and that fire when they should', () => {
    const rules = join(folder, 'rules.yaml');
    writeFileSync(rules, stringify({ groups: [ruleGroup()] }));
    expect(spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' })).toMatchObject({ status: 0 });
    const test = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            { series: 'kubeskippy_leader{pod="a"}', values: '1x5 0x60' },
            { series: 'kubeskippy_leader{pod="b"}', values: '0x65' },
            { series: 'kubeskippy_policies{reason="InvalidQuery"}', values: '0x5 1x60' },
            { series: 'kubeskippy_policies{reason="Ready"}', values: '4x65' },
            { series: 'kubeskippy_cache_deaf_seconds{resource="pods"}', values: '0x5 400x60' },
          ],
          alert_rule_test: [
            { eval_time: '4m', alertname: 'KubeSkippyNoLeader', exp_alerts: [] },
            {
              eval_time: '10m',
              alertname: 'KubeSkippyNoLeader',
              exp_alerts: [fires('KubeSkippyNoLeader', 'critical')],
            },
            {
              eval_time: '60m',
              alertname: 'KubeSkippyPolicyNotReady',
              exp_alerts: [fires('KubeSkippyPolicyNotReady', 'warning', { reason: 'InvalidQuery' })],
            },
            {
              eval_time: '60m',
              alertname: 'KubeSkippyWatchLost',
              exp_alerts: [fires('KubeSkippyWatchLost', 'warning', { resource: 'pods' })],
            },
            { eval_time: '60m', alertname: 'KubeSkippyPaused', exp_alerts: [] },
          ],
        },
      ],
    };
    const path = join(folder, 'test.yaml');
    writeFileSync(path, stringify(test));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' });
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

function fires(name: string, severity: string, labels: Readonly<Record<string, string>> = {}) {
  const summary = ALERTS.find((alert) => alert.name === name)?.summary ?? '';
  return {
    exp_labels: { severity, ...labels },
    exp_annotations: {
      summary: summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? ''),
    },
  };
}
