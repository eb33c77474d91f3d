import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { called, testFolder } from '../../../test/kit/command-line.ts';
import { lintText } from './lint-files.ts';

const head = `# A comment, and another object before the policy
kind: ConfigMap
apiVersion: v1
metadata: {name: c}
---
apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: p}
spec:
  selector: {resources: [{apiVersion: apps/v1, kind: Deployment}]}
  actions: [{name: restart, type: restart}]
  triggers:
    - name: t
      type: metric
      metricTrigger:
        operator: ">"
        threshold: 1
`;

const lint = (rest: string, source: 'embedded' | 'prometheus' = 'embedded'): readonly string[] =>
  lintText('f', head + rest, { source, kubeletMetrics: 'off' }).findings.map(
    ({ code, line, column }) => `${code} ${line}:${column}`,
  );

describe('lint of a file', () => {
  it.each([
    ['plain', '        query: rate(kube_pod_info)\n', 'InvalidQuery 18:21'],
    ['quoted', '        query: "rate(kube_pod_info)"\n', 'InvalidQuery 18:22'],
    ['literal', '        query: |\n          kube_pod_info\n          + rate(kube_pod_info)\n', 'InvalidQuery 20:18'],
    ['folded', '        query: >-\n\n          rate(kube_pod_info)\n', 'InvalidQuery 20:16'],
  ])('finds the place in a query that is %s', (_, rest, finding) => {
    expect(lint(rest)).toEqual([finding]);
  });

  it('judges by the source that is asked', () => {
    const query = '        query: node_load1\n';
    expect(lint(query)).toEqual(['NoSuchFamily 18:16']);
    expect(lint(query, 'prometheus')).toEqual([]);
    expect(lint(`${query}        source: mimir\n`)).toEqual([]);
    expect(lint(`${query}        source: embedded\n`, 'prometheus')).toEqual(['NoSuchFamily 18:16']);
  });

  it('knows what kubelets would provide, where they may be asked', () => {
    const text = `${head}        query: kubelet_volume_stats_used_bytes + container_spec_memory_limit_bytes\n`;
    const codes = (['off', 'summary', 'all'] as const).map((kubeletMetrics) =>
      lintText('f', text, { source: 'embedded', kubeletMetrics }).findings.map(({ column }) => column),
    );
    expect(codes).toEqual([[16, 50], [50], []]);
  });

  it('finds a threshold that cannot be met', () => {
    expect(lint('        query: kube_pod_status_ready{condition="true"}\n')).toEqual(['NeverTrue 18:16']);
  });

  it('finds what the schema refuses, and where YAML ends', () => {
    expect(lint('        query: kube_pod_info * 2\n        duration: soon\n')).toEqual(['InvalidDuration 19:19']);
    expect(lint('        query: kube_pod_info * 2\n        target: {aggregate: Some}\n')).toEqual([
      'InvalidField 19:29',
    ]);
    expect(lint('        query: [a\n')[0]).toMatch(/^InvalidYaml \d+:\d+$/);
  });

  it('finds the place in a list, as kubectl prints it', () => {
    const policy = head.slice(head.indexOf('---\n') + 4).replaceAll(/^(?=.)/gm, '    ');
    const text = `apiVersion: v1\nkind: List\nitems:\n  - kind: ConfigMap\n  -\n${policy}            query: rate(kube_pod_info)\n`;
    const { policies, findings } = lintText('f', text, { source: 'embedded', kubeletMetrics: 'off' });
    expect([policies, findings.map(({ code, line, column }) => `${code} ${line}:${column}`)]).toEqual([
      1,
      ['InvalidQuery 18:25'],
    ]);
  });
});

describe('kubeskippy lint', () => {
  const file = testFolder();
  const folderOf = (name: string, texts: Readonly<Record<string, string>>): string => {
    const folder = dirname(file(`${name}-mark`, ''));
    for (const [inner, text] of Object.entries(texts)) {
      mkdirSync(dirname(`${folder}/${name}/${inner}`), { recursive: true });
      file(`${name}/${inner}`, text);
    }
    return `${folder}/${name}`;
  };
  const WRONG = `${head}        query: rate(kube_pod_info)\n`;

  it('looks through a folder, and passes over files without a policy', async () => {
    const folder = folderOf('mixed', { 'a.yaml': 'kind: Pod\n', 'in/b.yml': WRONG, 'notes.md': '# none' });
    const { code, out } = await called(['lint', folder]);
    expect([code, out]).toEqual([1, expect.stringContaining(`${folder}/in/b.yml:18:21: error InvalidQuery`)]);
  });

  it.each([
    ['a file', () => file('none.yaml', 'kind: Pod\n')],
    ['a folder', () => folderOf('empty', { 'a.yaml': 'kind: Pod\n' })],
  ])('refuses %s without policies', async (_, made) => {
    const path = made();
    const { code, err } = await called(['lint', path]);
    expect([code, err]).toEqual([2, expect.stringContaining(`${path}: there is no HealingPolicy in it`)]);
  });

  it('names a path that is not there', async () => {
    const { code, err } = await called(['lint', '/nowhere/policy.yaml']);
    expect([code, err]).toEqual([2, expect.stringContaining('cannot read /nowhere/policy.yaml: ENOENT')]);
  });
});
