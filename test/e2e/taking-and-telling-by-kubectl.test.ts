/**
 * More attacks by people with kubectl against running programs over TLS, with and without the admission policies: to
 * take what all share, to have done what their accounts may not do, and to read or send what is not theirs. The cluster
 * is installed for many teams: the operator changes nothing but as an account of the namespace that asks.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { ProcessCluster, seen } from '../kit/process-cluster.ts';
import { APPROVER, broken, CLUSTER, EDITOR, policy } from './attack-objects.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined)
  console.log(`skipped: these attacks by kubectl over TLS need ${missing}, which is not there`);

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const RBAC = 'rbac.authorization.k8s.io';
const OPERATOR = 'system:serviceaccount:kubeskippy-system:kubeskippy';
const PLANTED = 'planted-password-4711';
/** Each is asked about every series, and took seconds where it went back step by step. */
const PATTERNS: readonly (readonly [name: string, matchers: string, reason: string])[] = [
  ['endless', 'uid!~"((.?){1000})x0"', 'InvalidQuery'],
  ['many', Array.from({ length: 12 }, () => 'uid!~"(.?){120}x"').join(','), 'TooExpensive'],
];

const account = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: 'shop', name },
});
const HEALER: readonly KubeObject[] = [
  account('healer'),
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace: 'shop', name: 'healer' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'kubeskippy-account' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'healer' }],
  },
];

/** Of the Deployments with this label, as this account. */
const healingAs = (heal: string, spec: Readonly<Record<string, unknown>>): KubeObject =>
  policy('shop', heal, {
    selector: { resources: [DEPLOYMENT], labelSelector: { matchLabels: { heal } } },
    serviceAccountName: 'healer',
    ...spec,
  });
const LIMITED = healingAs('limited', { safetyRules: { maxActionsPerHour: 1, requireHealthCheck: true } });

function withPassword(object: KubeObject): KubeObject {
  const copy = structuredClone(object) as KubeObject & {
    spec: { template: { spec: { containers: { env?: unknown }[] } } };
  };
  for (const container of copy.spec.template.spec.containers) container.env = [{ name: 'PASSWORD', value: PLANTED }];
  return copy;
}

describe.skipIf(missing !== undefined).each(['with', 'without'] as const)(
  'people with kubectl in a cluster of many teams, %s the admission policies,',
  (policies) => {
    let cluster: ProcessCluster;
    let server: Server;
    const called: string[] = [];

    beforeAll(async () => {
      server = createServer((request, response) => {
        called.push(request.url ?? '');
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      cluster = await ProcessCluster.start({
        kubectl: kubectl ?? { path: '', version: '' },
        byToken: [EDITOR],
        byCertificate: [APPROVER],
        install: ['--tenancy', 'shared'],
      });
      if (policies === 'without')
        await cluster.done('admin', [
          'delete',
          'validatingadmissionpolicies,validatingadmissionpolicybindings',
          '--all',
        ]);
      await made('admin', [...CLUSTER, ...HEALER]);
      await cluster.operate({
        evaluationInterval: '1s',
        impersonation: { required: true },
        endpoints: [{ name: 'runbooks', url: `http://127.0.0.1:${port}/run`, namespaces: ['platform'] }],
      });
      await cluster.settled();
    }, 120_000);
    afterAll(async () => {
      server.closeAllConnections();
      server.close();
      await cluster.end();
    });

    const made = (user: string, objects: readonly KubeObject[]) =>
      cluster.done(user, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });
    const statusOf = async (name: string): Promise<PolicyStatus> =>
      (await cluster.list(['healingpolicy', name, '-n', 'shop']))[0]?.['status'] ?? {};
    const actionsOf = async (name: string): Promise<readonly ActionStatus[]> =>
      (await cluster.list(['healingactions', '-n', 'shop', '-l', `kubeskippy.io/policy=${name}`])).map(
        (action) => action['status'] ?? {},
      );
    const ended = (name: string) =>
      seen(
        () => actionsOf(name),
        (found) => found.some(({ completionTime }) => completionTime !== undefined),
        60_000,
      );
    const ready = async (name: string) => {
      const status = await seen(
        () => statusOf(name),
        ({ conditions = [] }) => conditions.some(({ type }) => type === 'Ready'),
      );
      return status.conditions?.find(({ type }) => type === 'Ready');
    };
    const revisionOf = async (name: string): Promise<unknown> =>
      (await cluster.list(['deployment', name, '-n', 'shop']))[0]?.metadata.generation;

    it('get no second hour out of a limit by deleting its actions and its policy', async () => {
      await made(EDITOR, [LIMITED, withPassword(broken('first', 'limited'))]);
      expect((await ended('limited')).map(({ phase }) => phase)).toEqual(['Succeeded']);
      await cluster.done(EDITOR, ['-n', 'shop', 'delete', 'healingactions', '--all']);
      await cluster.done(EDITOR, ['-n', 'shop', 'delete', 'healingpolicy', 'limited']);
      await made(EDITOR, [LIMITED, broken('second', 'limited')]);
      const { blocked } = await seen(
        () => statusOf('limited'),
        (status) => (status.blocked ?? []).length > 0,
        60_000,
      );
      expect(blocked).toMatchObject([{ reason: 'RateLimited', target: { name: 'second' } }]);
      expect(await revisionOf('second')).toBe(1);
    });

    it('have nothing done as an account that may not do it, nor as none', async () => {
      await made(EDITOR, [
        account('weak'),
        healingAs('weak', { serviceAccountName: 'weak' }),
        policy('shop', 'of-nobody', {}),
        broken('weakly', 'weak'),
      ]);
      expect(await ready('of-nobody')).toMatchObject({ status: 'False', reason: 'AccountRequired' });
      const [end] = await ended('weak');
      expect(end).toMatchObject({ message: expect.stringMatching(/system:serviceaccount:shop:weak/) });
      expect(['Failed', 'Cancelled']).toContain(end?.phase);
      expect(await revisionOf('weakly')).toBe(1);
      // Neither can the operator's own account, for whoever holds its token.
      const image = ['-n', 'shop', 'set', 'image', 'deployment/weakly', 'main=registry.example/evil:1'];
      expect((await cluster.kubectl('admin', ['--as', OPERATOR, ...image])).code).toBe(1);
    });

    it('keep the process busy with no pattern, and end it with no request', async () => {
      const asking = (name: string, matchers: string): KubeObject => {
        const query = `count by (namespace, pod) (kube_pod_info{${matchers}})`;
        const trigger = { name, type: 'metric', metricTrigger: { query, operator: '>', threshold: 0 } };
        return policy('shop', name, { triggers: [trigger], serviceAccountName: 'healer' });
      };
      await made(
        EDITOR,
        PATTERNS.map(([name, matchers]) => asking(name, matchers)),
      );
      for (const [name, , reason] of PATTERNS) expect(await ready(name)).toMatchObject({ status: 'False', reason });
      for (const path of ['//', '/%', '//[', '/api/v1/pods?limit=%'])
        await cluster.kubectl(EDITOR, ['get', '--raw', path]);
      expect((await cluster.kubectl('admin', ['get', '--raw', '/readyz'])).code).toBe(0);
    });

    it('send nothing to an endpoint of another team', async () => {
      const call = { name: 'call', type: 'webhook', webhookAction: { name: 'runbooks' } };
      await made(EDITOR, [healingAs('calling', { actions: [call] }), broken('calls', 'calling')]);
      const told = await seen(
        async () => JSON.stringify([await statusOf('calling'), await actionsOf('calling')]),
        (text) => text.includes('runbooks'),
        60_000,
      );
      expect(told).toMatch(/endpoint runbooks/);
      expect(called).toEqual([]);
    });

    it('read no secret out of the records, though the workload has it in clear', async () => {
      expect(JSON.stringify(await cluster.list(['deployment', 'first', '-n', 'shop']))).toContain(PLANTED);
      const written = await cluster.list(['healingpolicies,healingactions,healingapprovals,events,configmaps', '-A']);
      expect(written.length).toBeGreaterThan(3);
      expect(JSON.stringify(written)).not.toContain(PLANTED);
      expect(cluster.audit()).toContain('first');
      expect(cluster.audit()).not.toContain(PLANTED);
    });

    it('have no Event written where they may write none', async () => {
      const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' };
      const action = {
        apiVersion: 'kubeskippy.io/v1alpha1',
        kind: 'HealingAction',
        metadata: { namespace: 'shop', name: 'shout', annotations: { 'kubeskippy.io/author': EDITOR } },
        spec: { targetResource: target, action: { name: 'restart', type: 'restart' } },
      };
      const answer = await cluster.create(EDITOR, action);
      if (policies === 'without') {
        const end = () => cluster.list(['healingaction', 'shout', '-n', 'shop']);
        const [ended] = await seen(
          end,
          ([one]) => (one?.['status'] as ActionStatus | undefined)?.phase === 'Cancelled',
        );
        expect(ended?.['status']).toMatchObject({ phase: 'Cancelled' });
      } else expect(answer.code).toBe(1);
      const ours = (await cluster.list(['events', '-n', 'kube-system'])).filter((event) =>
        JSON.stringify(event).includes('kubeskippy'),
      );
      expect(ours).toEqual([]);
    });
  },
);
