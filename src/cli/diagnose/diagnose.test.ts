import { describe, expect, it } from 'vitest';
import type { MutableObject } from '../../sandbox/index.ts';
import { DEPLOYMENTS, PODS } from '../../../test/kit/resources.ts';
import { deployment, TestCluster } from '../../../test/kit/test-cluster.ts';
import { type Transport, TransportError } from '../../shapes/transport.ts';
import { KubeClient } from '../../kube/client.ts';
import { analyze } from '../../core/analysis/analyze.ts';
import { answerText } from './answer-text.ts';
import { answered, kindAndName } from './diagnose.ts';
import { gather } from './gather.ts';

const WEB = { kind: 'Deployment', namespace: 'default', name: 'web' };

async function look(
  world: TestCluster,
  logs: 'read' | 'leave' = 'leave',
  transport: Transport = world.sandbox.transport(),
) {
  const said: string[] = [];
  const client = new KubeClient({ transport, clock: world.clock });
  const signal = new AbortController().signal;
  const snapshot = await gather({
    client,
    clock: client.clock,
    namespace: 'default',
    logs,
    say: (text) => void said.push(text),
    signal,
  });
  return { snapshot, said };
}

async function broken(script: unknown): Promise<TestCluster> {
  const world = new TestCluster(1);
  world.cluster.create(DEPLOYMENTS, deployment('web', script));
  await world.until(() => world.cluster.list(PODS).length > 0);
  await world.clock.advance(120_000);
  return world;
}

describe('diagnose', () => {
  it('names the cause of a Deployment in 80 columns, with what helps and what does not', async () => {
    const world = await broken([{ config: { fails: 'configmap "settings" not found' } }]);
    const { snapshot, said } = await look(world);
    const text = answered(snapshot, { ref: WEB, namespace: 'default', output: 'text', width: 80 });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text.replaceAll(/web-[a-z0-9]+-[a-z0-9]+/g, 'web-1')).toMatchInlineSnapshot(`
      "1. ConfigMapMissing (certain), at ConfigMap default/settings
        web cannot start: ConfigMap default/settings does not exist.
        seen: Pod default/web-1: Failed (10 times): Error: configmap
          "settings" not found
        seen: Pod default/web-1: container main: waiting,
          CreateContainerConfigError: configmap "settings" not found; 0 restarts
        to do: Create the ConfigMap, or correct its name in the template.
        helps: patch
        pointless: restart, delete, scale, resize
      "
    `);
    expect(said).toContain('pods: 1\n');
  });

  it('of a namespace says when nothing is wrong, and never claims it of what it did not see', async () => {
    const world = await broken(undefined);
    const { snapshot } = await look(world);
    expect(analyze(snapshot).findings).toEqual([]);
    expect(answered(snapshot, { ref: undefined, namespace: 'default', output: 'text', width: 80 })).toContain(
      'No rule can tell',
    );
  });

  it('reads the last lines of a container that fails, when it is told to', async () => {
    const script = [{ exit: { after: '2s', code: 1 }, logs: { lines: ['FATAL: sorry, too many clients already'] } }];
    const world = await broken(script);
    const without = await look(world);
    expect(analyze(without.snapshot).findings[0]?.cause).toBe('ApplicationCrashes');
    const { snapshot, said } = await look(world, 'read');
    expect(analyze(snapshot).findings[0]).toMatchObject({ cause: 'ConnectionsExhausted', confidence: 'likely' });
    expect(said.at(-1)).toMatch(/^log of default\/web-/);
  });

  it('goes on without the log of a kubelet that cannot be reached, and says so', async () => {
    const world = await broken([{ exit: { after: '2s', code: 1 } }]);
    const real = world.sandbox.transport();
    const transport = {
      ...real,
      send: (...given: Parameters<typeof real.send>) =>
        given[0].path.includes('/log?')
          ? Promise.reject(new TransportError('ConnectionReset', 'the connection broke off', { delivered: 'maybe' }))
          : real.send(...given),
    };
    const { snapshot } = await look(world, 'read', transport);
    expect(snapshot.gaps).toContainEqual(expect.objectContaining({ kind: 'logs', namespace: 'default' }));
    expect(analyze(snapshot).findings[0]?.cause).toBe('ApplicationCrashes');
  });

  it('reads what pods use and when nodes were heard of, and says where it may not', async () => {
    const world = await broken([{ cpu: { from: '100m' }, memory: { from: '64Mi' } }]);
    const { snapshot, said } = await look(world);
    expect(snapshot.measures('memoryUse')).toBe(true);
    expect(said).toContain('metrics: 2\n');
    expect(snapshot.all('Lease').length).toBeGreaterThan(0);
    const forbidden = await look(new TestCluster(1, 'on', 'on'));
    expect(forbidden.snapshot.gaps).toEqual(
      expect.arrayContaining([
        { kind: 'metrics', namespace: 'default', why: 'Forbidden' },
        { kind: 'Lease', namespace: 'kube-node-lease', why: 'Forbidden' },
      ]),
    );
  });

  it('names the CPU that is used up where it is measured', async () => {
    const world = new TestCluster(1);
    const web = deployment('web', [{ cpu: { from: '98m' } }]) as MutableObject;
    web['spec'].template.spec.containers[0].resources = { limits: { cpu: '100m' } };
    world.cluster.create(DEPLOYMENTS, web);
    await world.clock.advance(180_000);
    const { snapshot } = await look(world);
    expect(analyze(snapshot).findings[0]?.cause).toBe('CpuSaturated');
  });

  it('of a workload says which version of what it reads was changed when, and by whom', async () => {
    const world = new TestCluster(1);
    const headers = { 'content-type': 'application/json' };
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { secret: 'aHVudGVyMg==' },
    };
    const path = '/api/v1/namespaces/default/configmaps?fieldManager=helm';
    await world.sandbox.transport().send({ method: 'POST', path, headers, body: Buffer.from(JSON.stringify(body)) });
    const web = deployment('web', [{ exit: { after: '2s', code: 1 } }]) as MutableObject;
    web['spec'].template.spec.containers[0].envFrom = [{ configMapRef: { name: 'settings' } }];
    world.cluster.create(DEPLOYMENTS, web);
    await world.clock.advance(60_000);
    const { snapshot } = await look(world);
    const answer = answered(snapshot, { ref: WEB, namespace: 'default', output: 'json', width: 80 });
    expect(answer).toMatch(/ConfigMap default\/settings: version \d+, changed last at 2026-01-01T00:00:\d\dZ by helm/);
    expect(answer).not.toContain('aHVudGVyMg');
  });

  it('of a namespace looks at the DNS of the cluster as well', async () => {
    const world = await broken(undefined);
    world.cluster.create(
      { group: '', version: 'v1', resource: 'services' },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
        spec: { selector: { 'k8s-app': 'kube-dns' }, ports: [{ port: 53, protocol: 'UDP' }] },
      },
    );
    const { snapshot } = await look(world);
    expect(analyze(snapshot).findings[0]?.cause).toBe('ClusterDnsDown');
  });

  it('never asks for the values of Secrets and ConfigMaps', async () => {
    const world = await broken(undefined);
    for (const [kind, resource] of [
      ['Secret', 'secrets'],
      ['ConfigMap', 'configmaps'],
    ] as const)
      world.cluster.create(
        { group: '', version: 'v1', resource },
        {
          apiVersion: 'v1',
          kind,
          metadata: { name: 'mine', namespace: 'default' },
          data: { password: 'aHVudGVyMg==' },
        },
      );
    const { snapshot } = await look(world);
    expect(snapshot.has('Secret', { namespace: 'default', name: 'mine' })).toBe(true);
    expect(snapshot.has('ConfigMap', { namespace: 'default', name: 'mine' })).toBe(true);
    expect(JSON.stringify(snapshot.objects)).not.toContain('aHVudGVyMg');
  });

  it('says which parts it may not read, and concludes nothing from them', async () => {
    const world = new TestCluster(1, 'on', 'on');
    const { snapshot, said } = await look(world);
    expect(said).toContain('pods: Forbidden\n');
    const text = answered(snapshot, { ref: undefined, namespace: 'default', output: 'text', width: 80 });
    expect(text).toContain('Not seen, so that nothing was concluded from it:');
    expect(text).toContain('  Pod in default: Forbidden');
    expect(() => answered(snapshot, { ref: WEB, namespace: 'default', output: 'text', width: 80 })).toThrow(
      'cannot be read: Forbidden',
    );
  });

  it('as JSON holds the findings and the evidence', async () => {
    const world = await broken([{ pull: { fails: 'not-found' } }]);
    const { snapshot } = await look(world);
    const value = JSON.parse(answered(snapshot, { ref: WEB, namespace: 'default', output: 'json', width: 80 })) as {
      readonly findings: readonly { readonly cause: string }[];
      readonly bundle: { readonly items: readonly unknown[]; readonly digest: string };
    };
    expect(value.findings[0]?.cause).toBe('ImageMissing');
    expect(value.bundle.items.length).toBeGreaterThan(2);
    expect(value.bundle.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes kinds as kubectl does, and refuses what it cannot look at', () => {
    expect(['deploy/web', 'Deployment/web', 'deployments/web'].map(kindAndName)).toEqual(
      Array.from({ length: 3 }, () => ({ kind: 'Deployment', name: 'web' })),
    );
    expect(kindAndName('no/n1')).toEqual({ kind: 'Node', name: 'n1' });
    for (const wrong of ['web', 'deployment/', 'event/x', 'a/b/c'])
      expect(() => kindAndName(wrong)).toThrow('is not KIND/NAME');
  });

  it('shows ten causes, and counts the rest', () => {
    const one = {
      cause: 'ImageMissing',
      family: 'startup',
      shows: [],
      text: 't.',
      evidence: [],
      contradicting: [],
      explains: [],
      confidence: 'certain',
      cures: { fits: [], pointless: [], harmful: [] },
    } as const;
    const findings = Array.from({ length: 12 }, (_, index) => ({ ...one, root: { kind: 'Pod', name: `p${index}` } }));
    expect(answerText({ at: 0, findings, gaps: [] }, { what: 'x', width: 80 })).toContain('2 more: see -o json.');
  });
});
