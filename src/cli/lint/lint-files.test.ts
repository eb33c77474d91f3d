import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { called, testFolder } from '../../../test/kit/command-line.ts';
import { lintText } from './lint-files.ts';
import { anyOperator } from './lint-rules.ts';

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
  lintText('f', head + rest, anyOperator({ source, kubeletMetrics: 'off' })).findings.map(
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
      lintText('f', text, anyOperator({ source: 'embedded', kubeletMetrics })).findings.map(({ column }) => column),
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

  it('finds fields that there are not, each finding once', () => {
    expect(lint('        query: kube_pod_info * 2\n        durations: 1m\n')).toEqual(['UnknownField 19:20']);
    const text = `apiVersion: kubeskippy.io/v1alpha1\nkind: HealingPolicy\nmetadata: {name: a}\nspec: {selector: {matchLabels: {a: b}}}\n`;
    const { findings } = lintText('f', text, anyOperator({ source: 'embedded', kubeletMetrics: 'off' }));
    expect(new Set(findings.map(({ message }) => message)).size).toBe(findings.length);
    expect(findings.map(({ message }) => message)).toContainEqual(
      'spec.selector.matchLabels is no field of a HealingPolicy; there are namespaces, labelSelector, resources',
    );
  });

  it('finds the place in a list, as kubectl prints it', () => {
    const policy = head.slice(head.indexOf('---\n') + 4).replaceAll(/^(?=.)/gm, '    ');
    const text = `apiVersion: v1\nkind: List\nitems:\n  - kind: ConfigMap\n  -\n${policy}            query: rate(kube_pod_info)\n`;
    const { policies, findings } = lintText('f', text, anyOperator({ source: 'embedded', kubeletMetrics: 'off' }));
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

  const CONFIG = `metricSources:
  - {name: mimir, url: "https://mimir.example"}
channels:
  - {name: chat, url: "https://chat.example"}
endpoints:
  - {name: hook, url: "https://hook.example"}
clusterPolicyNamespaces: [platform]
actions: {disabled: [cordon]}
`;
  const KINDS = '[{apiVersion: apps/v1, kind: Deployment}]';
  const CRASHES = '[{name: t, type: condition, conditionTrigger: {type: CrashLoopBackOff, status: "True"}}]';
  const ofSource = (source: string): string =>
    `[{name: t, type: metric, metricTrigger: {query: up, operator: "<", threshold: 1, source: ${source}}}]`;
  const named = (parts: {
    readonly namespace?: string;
    readonly kinds?: string;
    readonly triggers?: string;
    readonly action?: string;
    readonly safety?: string;
  }): string => `apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: p, namespace: ${parts.namespace ?? 'shop'}}
spec:
  selector: {resources: ${parts.kinds ?? KINDS}}
  triggers: ${parts.triggers ?? CRASHES}
  actions: [${parts.action ?? '{name: restart, type: restart}'}]
  safetyRules: ${parts.safety ?? '{}'}
`;
  const HOOK = '{name: call, type: webhook, webhookAction: {name: hoook}}';
  const CHAT = '{name: tell, type: notify, notifyAction: {channel: chats}}';

  it.each<[string, string, RegExp]>([
    ['a source', named({ triggers: ofSource('thanos') }), /UnknownSource: .* has no metric source thanos/],
    ['an endpoint', named({ action: HOOK }), /NeverTaken: .* has no endpoint hoook; it has hook/],
    ['a channel', named({ action: CHAT }), /NeverTaken: .* has no channel chats; it has chat/],
    [
      'an action type that is switched off',
      named({ namespace: 'platform', kinds: '[{apiVersion: v1, kind: Node}]', action: '{name: c, type: cordon}' }),
      /UnsupportedAction: .*cordon/,
    ],
    [
      'a kind that no target may be of',
      named({ kinds: '[{apiVersion: v1, kind: Secret}]' }),
      /Forbidden: .*deniedKinds/,
    ],
    ['a namespace out of reach', named({ kinds: '[{apiVersion: v1, kind: Node}]' }), /MatchesNothing: .*\(platform\)/],
  ])('knows by the configuration %s that no policy can use', async (_, policy, finding) => {
    const path = file('named.yaml', policy);
    const { code, out } = await called(['lint', '--config', file('config.yaml', CONFIG), path]);
    expect([code, out]).toEqual([1, expect.stringMatching(finding)]);
  });

  it.each<[string, string]>([
    ['what the configuration has', named({ triggers: ofSource('mimir'), action: HOOK.replace('hoook', 'hook') })],
    [
      'the embedded source',
      named({
        triggers: ofSource('embedded').replace(
          'up, operator: "<", threshold: 1',
          'kube_deployment_status_replicas_unavailable, operator: ">", threshold: 1',
        ),
      }),
    ],
  ])('has nothing against %s', async (_, policy) => {
    const path = file('known.yaml', policy);
    expect((await called(['lint', '--config', file('config.yaml', CONFIG), path])).out).not.toContain(' error ');
  });

  it('holds nothing against a policy that some configuration would allow, where none is given', async () => {
    for (const policy of [named({ triggers: ofSource('thanos') }), named({ action: HOOK }), named({ action: CHAT })])
      expect((await called(['lint', file('any.yaml', policy)])).out).not.toContain(' error ');
  });

  it('knows without a configuration that an action is for other kinds than the policy selects', async () => {
    const path = file('kinds.yaml', named({ action: '{name: d, type: drain}' }));
    const { code, out } = await called(['lint', path]);
    expect([code, out]).toEqual([1, expect.stringMatching(/NeverTaken: .*drain is for Node, .*selects Deployment/)]);
  });

  it('names a path that is not there', async () => {
    const { code, err } = await called(['lint', '/nowhere/policy.yaml']);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('cannot read /nowhere/policy.yaml: no such file or folder'),
    ]);
  });
});
