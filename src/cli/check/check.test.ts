import { beforeAll, describe, expect, it } from 'vitest';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import { customResourceDefinitions } from '../../api/crd.ts';
import { ClusterUnderTest } from '../../../test/kit/test-cluster.ts';
import { createSandbox, type Gvr, type MutableObject } from '../../sandbox/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import type { CheckFinding } from './finding.ts';
import { kindFinding } from './kinds.ts';
import { findingsText } from './check.ts';

const ROLES: Gvr = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const POLICIES: Gvr = { group: 'admissionregistration.k8s.io', version: 'v1', resource: 'validatingadmissionpolicies' };
const OPERATOR = { name: 'kubeskippy-operator' };

const file = testFolder();
let world: ClusterUnderTest;
let [kubeconfig, empty] = ['', ''];
const BINDINGS = { ...ROLES, resource: 'clusterrolebindings' };
const ANYBODY = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'anybody' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
};

beforeAll(async () => {
  const clock = new VirtualClock();
  // Nobody shows credentials over plain HTTP, so that an anonymous user is the administrator here.
  world = new ClusterUnderTest(clock, { nodes: 0, access: { mode: 'on', anonymous: 'allowed', users: new Map() } });
  await world.account(actionRegistry().rules, { allow: [] });
  world.cluster.create(BINDINGS, ANYBODY);
  kubeconfig = await served(world.sandbox, file);
  const bare = createSandbox({ clock, nodes: 0 });
  empty = await served(bare, file);
  return () => bare.close();
});

const check = async (path: string, ...flags: readonly string[]) => {
  const { code, out, err } = await called(['check', '-o', 'json', '--kubeconfig', path, ...flags]);
  return { code, err, findings: (out === '' ? [] : JSON.parse(out)) as readonly CheckFinding[] };
};

describe('kubeskippy check', () => {
  it('finds everything that an installation gives', async () => {
    const { code, findings } = await check(kubeconfig);
    expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(code).toBe(0);
    expect(findings.find(({ check: name }) => name.startsWith('rights of'))).toMatchObject({
      state: 'ok',
      message: expect.stringMatching(/^all \d{2,} are there$/) as unknown,
    });
    expect(findings.filter(({ check: name }) => name.startsWith('admission')).map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'ok'),
    );
  });

  it('names a right that is missing, with the rule to add', async () => {
    const before = world.cluster.get(ROLES, OPERATOR) as MutableObject;
    const rules = (before['rules'] as { resources: string[] }[]).filter(
      ({ resources }) => !resources.includes('pods/eviction'),
    );
    world.replace(ROLES, { ...before, metadata: OPERATOR, rules });
    const { code, err, findings } = await check(kubeconfig);
    world.replace(ROLES, { ...before, metadata: OPERATOR });
    expect([code, err.split('\n').at(-2)]).toEqual([1, expect.stringMatching(/^kubeskippy: 1 of \d+ checks failed$/)]);
    expect(findings.filter(({ state }) => state === 'failed')).toEqual([
      {
        check: 'rights of kubeskippy-system/kubeskippy',
        state: 'failed',
        message: 'may not create pods/eviction',
        todo: 'add to ClusterRole kubeskippy-operator: - { apiGroups: [ "" ], resources: [ pods/eviction ], verbs: [ create ] }',
      },
    ]);
  });

  it('asks for rights that were opted into', async () => {
    const { findings } = await check(kubeconfig, '--allow', 'nodes');
    expect(findings.map(({ message }) => message)).toContainEqual(expect.stringMatching(/^may not .*patch.* nodes$/));
  });

  it('finds that an admission policy is gone', async () => {
    const found = world.cluster.get(POLICIES, { name: 'kubeskippy-approvals' });
    world.cluster.remove(
      POLICIES,
      { name: 'kubeskippy-approvals' },
      { gracePeriodSeconds: 0, propagationPolicy: 'Background' },
    );
    const { findings } = await check(kubeconfig);
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'admission kubeskippy-approvals', state: 'failed' }),
    );
    world.cluster.create(POLICIES, { ...found, metadata: { name: 'kubeskippy-approvals' } } as KubeObject);
  });

  it('says of a cluster without an installation only that, not each right that is missing', async () => {
    const bare = createSandbox({
      clock: new VirtualClock(),
      nodes: 0,
      access: { mode: 'on', anonymous: 'allowed', users: new Map() },
    });
    bare.cluster.create(BINDINGS, ANYBODY);
    const { code, out } = await called(['check', '--kubeconfig', await served(bare, file)], { columns: 80 });
    await bare.close();
    expect(code).toBe(1);
    expect(out.split('\n').length).toBeLessThan(30);
    expect(out).toMatch(/none of the \d+ of ClusterRole\s+kubeskippy-operator are there/);
    expect(out).toContain('\n- kind healingpolicies.kubeskippy.io and 9 more: run kubeskippy install\n');
  });

  it('says of an empty cluster, and of a source that does not answer, what to do', async () => {
    const config = file('config.yaml', 'prometheusUrl: http://127.0.0.1:1\n');
    const { code, findings } = await check(empty, '--who', 'me', '--config', config);
    expect(code).toBe(1);
    expect(findings.filter(({ todo }) => todo === 'run kubeskippy install').length).toBe(8);
    expect(findings.find(({ check: name }) => name === 'metric source prometheus')).toMatchObject({ state: 'failed' });
    expect(findings.find(({ check: name }) => name === 'your rights')).toMatchObject({ state: 'ok' });
  });
});

describe('the kinds of a cluster', () => {
  const [ours] = customResourceDefinitions();
  const established = { conditions: [{ type: 'Established', status: 'True' }] };
  const changed = (change: (fields: Record<string, unknown>) => void): KubeObject => {
    const copy = structuredClone({ ...ours, status: established }) as unknown as {
      spec: {
        versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } } }[];
      };
    };
    change(copy.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {});
    return copy as unknown as KubeObject;
  };

  it.each<[string, (fields: Record<string, unknown>) => void, string, RegExp]>([
    ['the same', () => undefined, 'ok', /as this program knows it/],
    ['older', (fields) => delete fields['suspend'], 'failed', /older than this program: it has no spec\.suspend$/],
    ['newer', (fields) => (fields['more'] = { type: 'string' }), 'warning', /does not know spec\.more$/],
  ])('are %s', (_title, change, state, words) => {
    if (ours === undefined) throw new Error('there are kinds');
    expect(kindFinding(ours, changed(change))).toMatchObject({
      state,
      message: expect.stringMatching(words) as unknown,
    });
  });
});

it('prints on a terminal of 80 columns what was found, and below it what to do', () => {
  const findings: readonly CheckFinding[] = [
    { check: 'server', state: 'ok', message: 'Kubernetes v1.32.4' },
    {
      check: 'clock',
      state: 'warning',
      message: 'this machine is 12s ahead of the server',
      todo: 'set one of the two by NTP; ages that are printed here are by the server',
    },
  ];
  expect(findingsText(findings, 80)).toBe(`STATE    CHECK   FOUND
ok       server  Kubernetes v1.32.4
warning  clock   this machine is 12s ahead of the server

to do
- clock: set one of the two by NTP; ages that are printed here are by the server
`);
});
