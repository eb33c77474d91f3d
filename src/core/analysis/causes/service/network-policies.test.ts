/** What NetworkPolicies let through, rule by rule. */
import { describe, expect, it } from 'vitest';
import { look, make, pod, service, workload } from '../../../../../test/kit/analysis/looks.ts';
import { analyze } from '../../analyze.ts';

const front = (container: object) => [
  make('Deployment', 'front', {
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: 'front', tier: 'front' } },
        spec: { containers: [{ name: 'm', ...container }] },
      },
    },
  }),
  make('Pod', 'front-1', {
    metadata: {
      labels: { app: 'front', tier: 'front' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'front', uid: 'f', controller: true }],
    },
    spec: { nodeName: 'n1' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }),
];
const CALLS = { env: [{ name: 'WEB_ADDR', value: 'web:80' }] };
const ingress = (rules: readonly unknown[]) =>
  make('NetworkPolicy', 'p', {
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: rules },
  });
const egress = (rules: readonly unknown[], name = 'p') =>
  make('NetworkPolicy', name, { spec: { podSelector: {}, policyTypes: ['Egress'], egress: rules } });
const from = (tier: string) => [{ podSelector: { matchLabels: { tier } } }];

const causesOf = (policies: readonly ReturnType<typeof make>[], container: object = CALLS) =>
  analyze(look([...workload(), pod(), service(), ...front(container), ...policies])).findings.map(({ cause }) => cause);

describe('a NetworkPolicy', () => {
  it.each([
    ['lets in others than the caller', [ingress([{ from: from('back') }])]],
    ['lets in another port', [ingress([{ ports: [{ port: 9999 }] }])]],
    ['lets nothing out', [egress([])]],
    ['lets calls out, and no question to DNS', [egress([{ ports: [{ port: 8080 }] }])]],
  ])('that %s blocks', (_what, policies) => expect(causesOf(policies)).toEqual(['NetworkPolicyBlocks']));

  it.each([
    ['lets the caller in', [ingress([{ from: from('front') }])]],
    ['lets in a whole namespace, of which nothing is known', [ingress([{ from: [{ namespaceSelector: {} }] }])]],
    ['lets in a range of ports', [ingress([{ ports: [{ port: 8000, endPort: 9000 }] }])]],
    ['lets out to DNS', [egress([{ ports: [{ port: 53 }] }])]],
    ['lets nothing out, where another lets out to DNS', [egress([]), egress([{ ports: [{ port: 53 }] }], 'q')]],
  ])('that %s does not', (_what, policies) => expect(causesOf(policies)).toEqual([]));

  it('is compared with addresses in arguments as well', () => {
    const args = { args: ['-c', 'while true; do wget -O- http://web:80 -T 5; done'] };
    expect(causesOf([ingress([{ from: from('back') }])], args)).toEqual(['NetworkPolicyBlocks']);
    expect(causesOf([ingress([{ from: from('back') }])], { args: ['sleep', '9'] })).toEqual([]);
  });
});
