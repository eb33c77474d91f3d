/**
 * The attacks of test/attacks, by people with kubectl against running programs over TLS: once with the admission
 * policies of config/admission, which refuse most of them at the door, and once without, where the operator's own
 * guards stand alone. An administrator asks the server afterwards what became of what is not the attacker's.
 */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { toTimestamp, systemClock } from '../../src/std/clock.ts';
import { hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';
import { ProcessCluster, type Ran, seen } from '../kit/process-cluster.ts';
import {
  APPROVER,
  broken,
  byHand,
  claiming,
  CLUSTER,
  EDITOR,
  event,
  healing,
  LISTENING,
  policy,
  spying,
  STATUS_WRITER,
  wordOf,
} from './attack-objects.ts';

const [kubectl] = kubectls();
const missing = kubectl === undefined ? 'kubectl' : hasOpenssl() ? undefined : 'openssl';
if (missing !== undefined) console.log(`skipped: the attacks by kubectl over TLS need ${missing}, which is not there`);

const ASKED = ['asked-1', 'asked-2', 'asked-3', 'asked-4'];
const LEAK = 'max by (container) (label_join(topk(1, kube_pod_info{namespace="team-b"}), "container", "/", "pod"))';

describe.skipIf(missing !== undefined).each(['with', 'without'] as const)(
  'people with kubectl, %s the admission policies,',
  (policies) => {
    const guarded = policies === 'with';
    let cluster: ProcessCluster;
    let before: unknown;

    beforeAll(async () => {
      cluster = await ProcessCluster.start({
        kubectl: kubectl ?? { path: '', version: '' },
        byToken: [EDITOR, STATUS_WRITER],
        byCertificate: [APPROVER],
        install: ['--allow', 'jobs', 'nodes'],
      });
      if (!guarded)
        await cluster.done('admin', [
          'delete',
          'validatingadmissionpolicies,validatingadmissionpolicybindings',
          '--all',
        ]);
      await made('admin', CLUSTER);
      await made(EDITOR, [
        ...ASKED.map((name) => broken(name, 'asking')),
        healing('asking', 'manual'),
        healing('healing', 'automatic'),
        spying('shop', LEAK),
        policy('shop', 'greedy', { selector: { resources: [{ apiVersion: 'v1', kind: 'Secret' }] } }),
      ]);
      await made('admin', [LISTENING, spying('platform', LEAK)]);
      await cluster.operate({ evaluationInterval: '1s', clusterPolicyNamespaces: ['platform'] });
      const waiting = await seen(asked, (found) => found.length === ASKED.length, 60_000);
      expect(waiting.map(({ status }) => status.reason)).toEqual(ASKED.map(() => 'AwaitingApproval'));
      await cluster.settled();
    }, 120_000);
    afterAll(() => cluster.end());
    beforeEach(async () => {
      before = await foreign();
    });
    afterEach(async () => {
      expect(await foreign()).toEqual(before);
    });

    const made = (user: string, objects: readonly KubeObject[]) =>
      cluster.done(user, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: objects });

    /** What nobody in this file may change: all that lies outside `shop`, but for marks of Kubernetes' own. */
    async function foreign(): Promise<unknown> {
      const objects = await cluster.list(['deployments,services,cronjobs,jobs,pods,nodes', '-A']);
      return objects
        .filter(({ metadata }) => metadata.namespace !== 'shop')
        .map(({ kind, metadata: { uid, namespace, name, labels }, ...rest }) => [
          `${kind} ${namespace}/${name}`,
          uid,
          labels,
          kind === 'Pod' ? undefined : rest['spec'],
        ]);
    }

    interface Asked {
      readonly object: KubeObject;
      readonly target: string;
      readonly status: ActionStatus;
    }

    /** The actions that wait for people, by their targets. */
    async function asked(): Promise<readonly Asked[]> {
      const actions = await cluster.list(['healingactions', '-n', 'shop', '-l', 'kubeskippy.io/policy=asking']);
      return actions
        .map((object): Asked => {
          const { targetResource } = object['spec'] as { readonly targetResource: { readonly name: string } };
          return { object, target: targetResource.name, status: object['status'] ?? {} };
        })
        .filter(({ status }) => status.approval?.planHash !== undefined)
        .toSorted((a, b) => a.target.localeCompare(b.target));
    }
    async function askedFor(target: string): Promise<Asked> {
      const found = (await asked()).find((one) => one.target === target);
      if (found === undefined) throw new Error(`no action waits for ${target}`);
      return found;
    }

    /** As its author reads it. */
    async function statusOf(name: string): Promise<ActionStatus> {
      const out = await cluster.done(EDITOR, ['-n', 'shop', 'get', 'healingaction', name, '-o', 'json']);
      return (JSON.parse(out) as KubeObject)['status'] ?? {};
    }
    const endOf = (name: string) =>
      seen(
        () => statusOf(name),
        ({ completionTime }) => completionTime !== undefined,
      );
    const revisionOf = async (name: string): Promise<unknown> =>
      (await cluster.list(['deployment', name, '-n', 'shop']))[0]?.metadata.generation;

    /** Refused at the door, or taken and then ended by the operator with nothing sent. */
    async function refused(answer: Ran, door: RegExp, name: string, end: Partial<ActionStatus>): Promise<void> {
      if (guarded) {
        expect(answer).toMatchObject({ code: 1, out: expect.stringMatching(door) });
        return;
      }
      expect(answer).toMatchObject({ code: 0 });
      expect(await endOf(name)).toMatchObject(end);
    }

    const COREDNS = '/apis/apps/v1/namespaces/kube-system/deployments/coredns';
    const BACK: Partial<ActionStatus> = {
      phase: 'InProgress',
      attempts: 1,
      undo: { state: 'InProgress', reason: 'NotVerified' },
      inverses: [
        {
          method: 'PATCH',
          path: COREDNS,
          contentType: 'application/merge-patch+json',
          body: '{"spec":{"replicas":0}}',
          description: 'set it back',
          guard: {},
          restores: {},
        },
      ],
    };

    it.each<[string, string, Partial<ActionStatus>]>([
      ['that it is approved', 'asked-1', { phase: 'Approved', reason: 'Approved' }],
      ['a way back through kube-system', 'asked-2', BACK],
    ])('write nothing into a status that is carried out: %s', async (_title, target, change) => {
      const { object } = await askedFor(target);
      const { name } = object.metadata;
      const path = `/apis/kubeskippy.io/v1alpha1/namespaces/shop/healingactions/${name}/status`;
      const forged = { ...object, status: { ...(object['status'] as object), ...change } };
      const write = (user: string) => cluster.kubectl(user, ['replace', '--raw', path, '-f', '-'], forged);
      for (const user of [EDITOR, APPROVER])
        expect((await write(user)).out).toMatch(/cannot update resource "healingactions\/status"/);
      await refused(await write(STATUS_WRITER), /only the operator writes the status/, name, {
        phase: 'Failed',
        reason: 'StatusTampered',
      });
      expect(await revisionOf(target)).toBe(1);
      if (!guarded) expect(await eventsOf(name)).toContain('StatusTampered');
    });

    const eventsOf = (name: string): Promise<string> =>
      cluster.done(EDITOR, ['-n', 'shop', 'get', 'events', `--field-selector=involvedObject.name=${name}`]);

    it('approve nothing in the name of another, nor without the verb approve', async () => {
      const { object, status } = await askedFor('asked-3');
      const { name } = object.metadata;
      const { specHash, planHash } = status.approval ?? {};
      const word = (approvedBy: string) => ({ action: name, approvedBy, specHash, planHash });
      const answers = [
        await cluster.create(EDITOR, wordOf('by-ada', word(APPROVER))),
        await cluster.create(EDITOR, wordOf('by-eve', word(EDITOR))),
      ];
      if (guarded) {
        expect(answers[0]?.out).toMatch(/spec.approvedBy must be the user who makes the request/);
        expect(answers[1]?.out).toMatch(/deciding needs the verb approve/);
      } else {
        expect(answers.map(({ code }) => code)).toEqual([0, 0]);
        const told = await seen(
          () => statusOf(name),
          ({ reason }) => reason === 'ApprovalUnproven',
        );
        expect(told).toMatchObject({ phase: 'Pending', reason: 'ApprovalUnproven' });
      }
      expect(await revisionOf('asked-3')).toBe(1);
    });

    const SCALE = { action: { name: 'more', type: 'scale', scaleAction: { direction: 'up', replicas: 3 } } };
    const VICTIM = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'team-b', name: 'victim' };
    it.each<[string, object, Readonly<Record<string, unknown>>]>([
      [
        'deletes a Service',
        { apiVersion: 'v1', kind: 'Service', namespace: 'team-b', name: 'api' },
        { action: { name: 'gone', type: 'delete' } },
      ],
      ['scales a Deployment', VICTIM, SCALE],
      ['looks by a dry run', VICTIM, { ...SCALE, dryRun: true }],
      ['cordons a node', { apiVersion: 'v1', kind: 'Node', name: 'node-1' }, { action: { name: 'c', type: 'cordon' } }],
    ])('make no action that goes beyond their namespace: %s', async (title, target, spec) => {
      const name = title.replaceAll(' ', '-').toLowerCase();
      const answer = await cluster.create(EDITOR, byHand(name, target, spec));
      await refused(answer, /the author of an action of type .* must be allowed to/, name, {
        phase: 'Cancelled',
        reason: 'OutOfScope',
      });
    });

    it('make no action as if a policy had made it', async () => {
      const { object } = await askedFor('asked-4');
      const { labels = {}, annotations = {} } = object.metadata;
      const spec = { ...(object['spec'] as object), approvalRequired: false };
      const metadata = { namespace: 'shop', name: 'forged', labels, annotations };
      const answer = await cluster.create(EDITOR, { ...object, metadata, spec });
      await refused(answer, /only the operator makes actions with policyRef/, 'forged', {
        phase: 'Cancelled',
        reason: 'Forged',
      });
      expect(await revisionOf('asked-4')).toBe(1);
    });

    it('run no Job with a variable that shells read', async () => {
      const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'asked-4' };
      const jobAction = { template: 'repair', parameters: { BASH_ENV: '/tmp/evil' } };
      const action = byHand('loaded', target, { action: { name: 'repair', type: 'job', jobAction } });
      expect(await cluster.create(EDITOR, action)).toMatchObject({ code: 0 });
      const told = await seen(
        () => eventsOf('loaded'),
        (events) => events.includes('ActionUnreadable'),
      );
      expect(told).toMatch(/ActionUnreadable[^]*ASH_ENV is read by/);
      expect(await statusOf('loaded')).toEqual({});
      expect(await cluster.list(['jobs', '-n', 'shop'])).toEqual([]);
    });

    it.each(['kube-system/services/kube-dns', '..', 'kube-system%2Fservices%2Fkube-dns'])(
      'name no target that is a path: %s',
      async (name) => {
        const gone = { action: { name: 'gone', type: 'delete' } };
        const answer = await cluster.create(
          EDITOR,
          byHand('path', { apiVersion: 'v1', kind: 'Namespace', name }, gone),
        );
        expect(answer).toMatchObject({ code: 1, out: expect.stringMatching(/targetResource.name[^]*should match/) });
      },
    );

    it('have nothing restarted by an Event or a pod that names the object of another team', async () => {
      const [victim] = await cluster.list(['deployment', 'victim', '-n', 'team-b']);
      if (victim === undefined) throw new Error('the Deployment is not there');
      const { uid, name } = victim.metadata;
      const now = { lastTimestamp: toTimestamp(systemClock.now()) };
      const forged = { ...event('shop', 'forged', { uid, name }), ...now };
      expect(await cluster.create(EDITOR, forged)).toMatchObject({ code: 0 });
      expect(await cluster.create(EDITOR, claiming(victim))).toMatchObject({ code: 0 });
      // An Event that may be believed comes later, and is acted on.
      const honest = { ...event('team-b', 'honest', { name: 'merger-with-acme' }), ...now };
      expect(await cluster.create('admin', honest)).toMatchObject({ code: 0 });
      const actions = () => cluster.list(['healingactions', '-n', 'team-b']);
      await seen(actions, (found) => found.length > 0);
      const targets = (await actions()).map(
        ({ spec }) => (spec as { targetResource: { name: string } }).targetResource.name,
      );
      expect(targets).toEqual(['merger-with-acme']);
    });

    it('see no series of another team, by whatever name', async () => {
      const said = (user: string, home: string) => async () =>
        (await cluster.done(user, ['-n', home, 'get', 'healingpolicies,healingactions,events', '-o', 'json'])) ?? '';
      // The same query of somebody who may ask it is answered.
      const shown = (text: string) => text.includes('merger-with-acme-');
      expect(shown(await seen(said('admin', 'platform'), shown))).toBe(true);
      expect(await said(EDITOR, 'shop')()).not.toContain('merger-with-acme');
    });

    it('stop no healing by a policy that selects Secrets', async () => {
      const ready = async () => {
        const out = await cluster.done(EDITOR, ['-n', 'shop', 'get', 'healingpolicy', 'greedy', '-o', 'json']);
        const { status } = JSON.parse(out) as {
          readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] };
        };
        return status?.conditions?.find(({ type }) => type === 'Ready');
      };
      expect(await seen(ready, (one) => one !== undefined)).toMatchObject({ status: 'False', reason: 'Forbidden' });
      await made(EDITOR, [broken('honest', 'healing')]);
      expect(
        await seen(
          () => revisionOf('honest'),
          (revision) => revision === 2,
        ),
      ).toBe(2);
    });

    it('approve what they may, where their name is proven', async () => {
      const { object, status } = await askedFor('asked-3');
      const { name } = object.metadata;
      const { specHash, planHash } = status.approval ?? {};
      const word = wordOf('honest', { action: name, approvedBy: APPROVER, specHash, planHash });
      expect(await cluster.create(APPROVER, word)).toMatchObject({ code: 0 });
      if (guarded)
        expect(
          await seen(
            () => revisionOf('asked-3'),
            (revision) => revision === 2,
          ),
        ).toBe(2);
      else {
        const told = await seen(
          () => statusOf(name),
          ({ message = '' }) => message.includes('honest'),
        );
        expect([told.phase, told.reason, await revisionOf('asked-3')]).toEqual(['Pending', 'ApprovalUnproven', 1]);
      }
      expect(cluster.audit()).not.toContain('kube-system');
    });
  },
);
