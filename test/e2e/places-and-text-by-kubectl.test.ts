/**
 * Attacks by people with kubectl against running programs over TLS, with and without the admission policies: to take
 * the places that all share, to reach what is protected, and to write what a terminal, a chat or a browser obeys.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { systemClock, toTimestamp } from '../../src/std/clock.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { PROGRAM, ProcessCluster, seen } from '../kit/process-cluster.ts';
import { CRASHES_UNTIL_RESTARTED, deployment } from '../kit/test-cluster.ts';
import { APPROVER, byHand, CLUSTER, EDITOR, event, policy, within } from './attack-objects.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined)
  console.log(`skipped: these attacks by kubectl over TLS need ${missing}, which is not there`);

const OPERATOR = 'system:serviceaccount:kubeskippy-system:kubeskippy';
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const RESTART = { name: 'restart', type: 'restart', restartAction: { strategy: 'rolling' } };
const PROTECTED = { 'kubeskippy.io/protected': 'true' };
const ESCAPES = '\u001b[2J\u009b31m\u202eevil';
const MARKUP = '<!channel> see <http://evil.example|the runbook>';
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const MARKED = /[<>]/;

const labelled = (object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } },
});

/** Of team-b: healed by itself, whatever the others do. */
const OWN = labelled(within('team-b', deployment('own', CRASHES_UNTIL_RESTARTED)), { heal: 'own' });
const HEALING_OF_OTHERS = policy('team-b', 'others', {
  selector: { resources: [DEPLOYMENT], labelSelector: { matchLabels: { heal: 'own' } } },
});

const TOLD = { name: 'told', type: 'event', eventTrigger: { reason: 'Broken', count: 1, window: '10m' } };
/** Tells a chat what its author has written, when an Event says so. */
const SHOUTING = policy('shop', 'a-shouting', {
  triggers: [TOLD],
  actions: [{ name: 'tell', type: 'notify', notifyAction: { channel: 'chat', message: `${ESCAPES} ${MARKUP}` } }],
});
const monitoring = (name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject =>
  policy('shop', name, { mode: 'monitor', ...spec });

/** What a server of plain HTTP has been asked. */
async function listening(answer: string): Promise<{ server: Server; url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      asked.push({ headers: incoming.headers, body });
      response.setHeader('content-type', 'application/json');
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as a browser would send it, with a token that may do everything; its status. */
function browsing(server: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const authorization = 'Bearer token-of-admin';
    const options = { headers: { authorization, ...headers }, rejectUnauthorized: false };
    const sent = request(`${server}/api/v1/namespaces`, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe.skipIf(missing !== undefined)('a bearer token', () => {
  it.each(['kubectl', 'kubeskippy'] as const)('is sent over plain HTTP to no server by %s', async (program) => {
    const { server, url, asked } = await listening('{"kind":"Status","apiVersion":"v1","status":"Failure","code":404}');
    const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-plain-'));
    const file = join(folder, 'kubeconfig');
    const user = { name: 'me', user: { token: 'planted-token-4711' } };
    const context = { name: 'plain', context: { cluster: 'plain', user: 'me' } };
    const clusters = [{ name: 'plain', cluster: { server: url } }];
    const head = { apiVersion: 'v1', kind: 'Config', 'current-context': 'plain' };
    writeFileSync(file, stringify({ ...head, clusters, contexts: [context], users: [user] }));
    const [path, args] =
      program === 'kubectl'
        ? [kubectl?.path ?? '', ['get', '--raw', '/api', '--kubeconfig', file]]
        : [process.execPath, [PROGRAM, 'history', 'deployment/web', '--kubeconfig', file]];
    try {
      await promisify(execFile)(path, args).catch((error: unknown) => error);
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    } finally {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(missing !== undefined).each(['with', 'without'] as const)(
  'people with kubectl, %s the admission policies,',
  (policies) => {
    const guarded = policies === 'with';
    let cluster: ProcessCluster;
    let chat: Awaited<ReturnType<typeof listening>>;

    beforeAll(async () => {
      chat = await listening('ok');
      cluster = await ProcessCluster.start({
        kubectl: kubectl ?? { path: '', version: '' },
        byToken: [EDITOR],
        byCertificate: [APPROVER],
        install: [],
      });
      if (!guarded)
        await cluster.done('admin', [
          'delete',
          'validatingadmissionpolicies,validatingadmissionpolicybindings',
          '--all',
        ]);
      await made('admin', [
        ...CLUSTER,
        HEALING_OF_OTHERS,
        within('shop', deployment('told')),
        labelled(within('shop', deployment('kept')), PROTECTED),
      ]);
      await made(EDITOR, [SHOUTING, monitoring('b-listening', { triggers: [TOLD] })]);
      await cluster.operate({
        evaluationInterval: '1s',
        maxConcurrent: 3,
        clusterPolicyNamespaces: ['platform'],
        // Without the policies nothing proves an author: the other guards are what is tried here.
        handMade: { unproven: guarded ? 'refuse' : 'accept' },
        namespaceLimits: { policies: 2, unfinishedActions: 3 },
        channels: [{ name: 'chat', type: 'slack', url: chat.url }],
      });
      if (guarded) await cluster.settled();
    }, 120_000);
    afterAll(async () => {
      chat.server.closeAllConnections();
      chat.server.close();
      await cluster.end();
    });

    const made = (user: string, objects: readonly KubeObject[]) =>
      cluster.done(user, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });
    const statusOf = async (home: string, name: string): Promise<ActionStatus> =>
      (await cluster.list(['healingaction', name, '-n', home]))[0]?.['status'] ?? {};
    const revisionOf = async (home: string, name: string): Promise<unknown> =>
      (await cluster.list(['deployment', name, '-n', home]))[0]?.metadata.generation;

    it('send nothing to a chat that calls everybody or hides a link, and to a terminal nothing that it obeys', async () => {
      const now = { lastTimestamp: toTimestamp(systemClock.now()) };
      for (const name of ['told', 'kept']) {
        const [about] = await cluster.list(['deployment', name, '-n', 'shop']);
        const says = { ...event('shop', name, { uid: about?.metadata.uid, name }), message: ESCAPES, ...now };
        expect(await cluster.create(EDITOR, says)).toMatchObject({ code: 0 });
      }
      const sent = await seen(
        async () => chat.asked.map(({ body }) => body),
        (bodies) => bodies.some((body) => body.includes('runbook')),
        60_000,
      );
      expect(sent.join('')).toContain('&lt;!channel&gt; see &lt;http://evil.example|the runbook&gt;');
      for (const body of sent) {
        const { text } = JSON.parse(body) as { readonly text: string };
        expect(text).not.toMatch(OBEYED);
        expect(text).not.toMatch(MARKED);
      }

      const config = join(mkdtempSync(join(tmpdir(), 'kubeskippy-text-')), 'config.yaml');
      writeFileSync(config, stringify({ channels: [{ name: 'chat', type: 'slack', url: chat.url }] }));
      const [action] = await cluster.list(['healingactions', '-n', 'shop']);
      const name = action?.metadata.name ?? '';
      const commands = [
        ['status'],
        ['explain', 'deployment/kept', '-n', 'shop'],
        ['explain', `action/${name}`, '-n', 'shop'],
        ['history', 'deployment/told', '-n', 'shop'],
        ['plan', name, '-n', 'shop', '--config', config],
        ['diagnose', 'deployment/told', '-n', 'shop'],
      ];
      const shown: (string | undefined)[] = [];
      for (const args of commands) {
        const { out } = await cluster.program(args);
        expect(`${args[0]}: ${out}`).not.toMatch(OBEYED);
        if (out.includes('u202eevil')) shown.push(args[0]);
      }
      // It would say nothing of commands that never met the text.
      expect(shown).toEqual(expect.arrayContaining(['explain', 'plan']));
    });

    it('have nothing done to what is protected', async () => {
      const home = (of: string, name: string) => ({ ...DEPLOYMENT, namespace: of, name });
      const asked = async (name: string, target: { readonly namespace: string; readonly name: string }) => {
        const [object] = await cluster.list(['deployment', target.name, '-n', target.namespace]);
        const action = byHand(name, { ...target, uid: object?.metadata.uid }, { action: RESTART });
        const annotations = { 'kubeskippy.io/author': 'admin' };
        expect(
          await cluster.create('admin', {
            ...action,
            metadata: { ...action.metadata, namespace: 'platform', annotations },
          }),
        ).toMatchObject({ code: 0 });
        return seen(
          () => statusOf('platform', name),
          ({ completionTime }) => completionTime !== undefined,
        );
      };
      for (const [name, target] of [
        ['system', home('kube-system', 'coredns')],
        ['labelled', home('shop', 'kept')],
      ] as const) {
        expect(await asked(name, target)).toMatchObject({ phase: 'Cancelled', reason: 'Protected' });
        expect(await revisionOf(target.namespace, target.name)).toBe(1);
      }
    });

    it.runIf(guarded)('have it refused to the account of the operator, whoever holds its token', async () => {
      const asOperator = (args: readonly string[]) => cluster.kubectl('admin', ['--as', OPERATOR, ...args]);
      const annotated = '{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}';
      const patch = (namespace: string, name: string, body: string) =>
        asOperator(['-n', namespace, 'patch', 'deployment', name, '--type=merge', '-p', body]);
      // Its roles allow it, so that what refuses the others are the policies.
      expect(await patch('shop', 'told', annotated)).toMatchObject({ code: 0 });
      const image = '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"registry.example/evil:1"}]}}}}';
      const account = '{"spec":{"template":{"spec":{"serviceAccountName":"default"}}}}';
      const answers = [
        await patch('kube-system', 'coredns', annotated),
        await asOperator(['-n', 'kube-system', 'scale', 'deployment', 'coredns', '--replicas=0']),
        await patch('shop', 'kept', annotated),
        await patch('shop', 'told', image),
        await patch('shop', 'told', account),
      ];
      expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 1));
      const said = answers.map(({ out }) => out);
      expect(said[0]).toMatch(/the operator changes nothing in a protected namespace/);
      expect(said[1]).toMatch(/the operator changes nothing in a protected namespace/);
      expect(said[2]).toMatch(/the operator changes nothing that has kubeskippy.io\/protected/);
      expect(said[3]).toMatch(/the operator changes no image/);
      expect(said[4]).toMatch(/the operator changes no serviceAccountName/);
    });

    it('reach the server by no page of another site, nor by a name that is not its own', async () => {
      const url = cluster.server();
      const { host } = new URL(url);
      expect(await browsing(url, {})).toBe(200);
      expect(await browsing(url, { origin: `https://${host}` })).toBe(200);
      for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }, { origin: 'null' }])
        expect([headers, await browsing(url, headers as Record<string, string>)]).toEqual([headers, 403]);
    });

    it('take no place of others: not by policies, nor by actions that wait', async () => {
      await made(
        EDITOR,
        ['c-third', 'd-fourth'].map((name) => monitoring(name)),
      );
      const ready = async () =>
        (await cluster.list(['healingpolicies', '-n', 'shop'])).map((object) => {
          const { conditions = [] } = (object['status'] ?? {}) as PolicyStatus;
          return conditions.find(({ type }) => type === 'Ready')?.reason;
        });
      const served = await seen(ready, (reasons) => reasons.every((reason) => reason !== undefined));
      expect(served).toEqual(['Ready', 'Ready', 'TooManyPolicies', 'TooManyPolicies']);

      const [told] = await cluster.list(['deployment', 'told', '-n', 'shop']);
      const target = { ...DEPLOYMENT, namespace: 'shop', name: 'told', uid: told?.metadata.uid };
      const names = ['w-1', 'w-2', 'w-3', 'w-4', 'w-5'];
      await made(
        EDITOR,
        names.map((name) => byHand(name, target, { action: RESTART, approvalRequired: true })),
      );
      const reasons = () => Promise.all(names.map(async (name) => (await statusOf('shop', name)).reason));
      const waiting = await seen(reasons, (all) => all.every((reason) => reason !== undefined));
      expect(waiting.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([
        'AwaitingApproval',
        'AwaitingApproval',
        'AwaitingApproval',
        'TooManyActions',
        'TooManyActions',
      ]);
      const events = await seen(
        () => cluster.done(EDITOR, ['-n', 'shop', 'get', 'events']),
        (text) => text.includes('TooManyActions'),
      );
      expect(events).toMatch(/TooManyActions +healingaction\/w-\d +3 older HealingActions of namespace shop/);

      // Three wait, and three may be carried out at once in the cluster: what waits is none of them.
      await made('admin', [OWN]);
      expect(
        await seen(
          () => revisionOf('team-b', 'own'),
          (revision) => revision === 2,
          60_000,
        ),
      ).toBe(2);
    });
  },
);
