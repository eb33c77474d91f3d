import { describe, expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, T0, workload } from '../../../test/kit/core-data.ts';
import type { PlannedRequest } from '../../api/action-status.ts';
import type { SendRules } from '../../core/action/stage-replies.ts';
import { KubeError } from '../../kube/errors.ts';
import { KubeClient } from '../../kube/client.ts';
import type { Transport } from '../../shapes/transport.ts';
import { VirtualClock } from '../../std/clock.ts';
import type { EndpointAnswer } from '../ports.ts';
import type { Effects } from '../roles.ts';
import type { ReachCheck } from './reach-check.ts';
import { sendStage } from './sending.ts';

const patch: PlannedRequest = {
  method: 'PATCH',
  path: '/apis/apps/v1/namespaces/shop/deployments/web',
  contentType: 'application/json-patch+json',
  body: '[]',
  description: 'patch web',
  precondition: { resourceVersion: '7' },
};
const call: PlannedRequest = { method: 'POST', path: '', endpoint: 'pager', body: '{}', description: 'call pager' };
const removal: PlannedRequest = {
  method: 'DELETE',
  path: '/x?force',
  body: '{"kind":"DeleteOptions"}',
  description: 'delete x',
};
const ok = { status: 200, headers: {}, value: {} };
const object = (resourceVersion: string, name = 'web') => ({
  ...ok,
  value: workload('Deployment', { metadata: { name, resourceVersion } }),
});

type Answer = { readonly status: number; readonly headers: Record<string, string>; readonly value: unknown };

/** Sends these requests; answers by method. Says what left, and what the audit trail has, in order. */
async function play(
  requests: readonly PlannedRequest[],
  change: {
    readonly answer?: Readonly<Record<string, Answer | KubeError>>;
    readonly endpoint?: EndpointAnswer;
    readonly dryRun?: boolean;
    readonly rules?: SendRules;
    /** Whether the lease is held, each time it is asked. */
    readonly lease?: readonly boolean[];
    readonly audit?: () => Promise<void>;
    readonly check?: ReachCheck;
  } = {},
) {
  const log: string[] = [];
  const lease = [...(change.lease ?? [])];
  const clock = new VirtualClock(T0);
  const request: Effects['client']['request'] = async ({ method, path, body }) => {
    log.push(`${method} ${path}${body === undefined ? '' : ` ${typeof body === 'string' ? body : '…'}`}`);
    const answer = change.answer?.[method] ?? ok;
    if (answer instanceof KubeError) throw answer;
    return answer;
  };
  const send: Transport['send'] = async (sent) => {
    const { value, ...answer } = await request(sent);
    return { ...answer, body: { form: 'object', value } };
  };
  const client = new KubeClient({ clock, transport: { send } });
  const effects: Effects = {
    clock,
    client: { find: (type, key, options) => client.find(type, key, options), request },
    endpoints: {
      send: async ({ endpoint, idempotencyKey }) => {
        log.push(`call ${endpoint} ${idempotencyKey}`);
        return change.endpoint ?? { kind: 'answered', status: 204 };
      },
    },
    audit: {
      record: async ({ entry, path, result }) => {
        await change.audit?.();
        log.push(`${entry} ${path}${result === undefined ? '' : ` ${result}`}`);
      },
    },
    mayAct: () => lease.shift() ?? true,
  };
  const action = healingAction(claim(), { spec: { dryRun: change.dryRun ?? false } });
  const { rules = {}, check = async () => undefined } = change;
  const sent = sendStage(effects, action, { requests, rules, check });
  await Promise.allSettled([sent]);
  return { log, sent };
}

const SENT = `PATCH ${patch.path}?fieldManager=kubeskippy []`;

describe('a request', () => {
  it('stands between its intent and its outcome (I30, I31)', async () => {
    const { log, sent } = await play([patch]);
    expect(log).toEqual([`intent ${patch.path}`, SENT, `outcome ${patch.path} 200`]);
    expect(await sent).toEqual({ kind: 'done', answers: ['200: patch web'], refused: [] });
  });

  it('does not leave when its intent cannot be recorded', async () => {
    const { log, sent } = await play([patch], { audit: () => Promise.reject(new Error('the disk is full')) });
    await expect(sent).rejects.toThrow('the disk is full');
    expect(log).toEqual([]);
  });

  it.each<[string, readonly boolean[], readonly string[]]>([
    ['before its intent', [false], []],
    ['while its intent was recorded', [true, false], [`intent ${patch.path}`, `outcome ${patch.path} NotSent`]],
  ])('does not leave when the lease was lost %s (I33)', async (_title, lease, log) => {
    const played = await play([patch], { lease });
    expect(played.log).toEqual(log);
    expect(await played.sent).toEqual({ kind: 'stopped' });
  });

  it('that is refused keeps the others of the stage back', async () => {
    const { log, sent } = await play([patch, removal], { answer: { PATCH: { ...ok, status: 409 } } });
    expect(log).toEqual([`intent ${patch.path}`, SENT, `outcome ${patch.path} 409`]);
    expect(await sent).toMatchObject({ kind: 'refused', done: [], failures: [{ code: 'Conflict', status: 409 }] });
  });

  it('whose answer is lost is not known', async () => {
    const lost = new KubeError('reset', { code: 'ConnectionReset', delivered: 'maybe' });
    const { log, sent } = await play([patch], { answer: { PATCH: lost } });
    expect(log.at(-1)).toBe(`outcome ${patch.path} ConnectionReset`);
    expect(await sent).toEqual({ kind: 'unclear', message: 'reset' });
  });
});

describe('a request that is held back (I37)', () => {
  const refusal = { code: 'OutOfReach', message: 'it is nothing that the action may send' };
  it('does not leave, and the trail says so', async () => {
    const { log, sent } = await play([patch, removal], { check: async () => refusal });
    expect(log).toEqual([`intent ${patch.path}`, `outcome ${patch.path} OutOfReach`]);
    expect(await sent).toEqual({ kind: 'refused', done: [], failures: [refusal] });
  });

  it('is so while nobody can tell whether it may leave', async () => {
    const lost = new KubeError('reset', { code: 'ConnectionReset', delivered: 'maybe' });
    const { log, sent } = await play([patch], { check: () => Promise.reject(lost) });
    expect(log).toEqual([`intent ${patch.path}`, `outcome ${patch.path} ConnectionReset`]);
    expect(await sent).toMatchObject({ kind: 'refused', failures: [{ code: 'ConnectionReset' }] });
  });
});

describe('a patch that the server calls invalid', () => {
  const invalid = { ...ok, status: 422 };
  it.each<[string, Answer, string]>([
    ['conflicts, when the object has moved on', object('8'), 'Conflict'],
    ['conflicts, when the object is gone', { ...ok, status: 404 }, 'Conflict'],
    ['is invalid, when the object is as it was', object('7'), 'Invalid'],
    ['is invalid, when the object may not be read', { ...ok, status: 403 }, 'Invalid'],
    ['is invalid, when another object was answered', object('8', 'other'), 'Invalid'],
  ])('%s', async (_title, live, code) => {
    const { log, sent } = await play([patch], { answer: { PATCH: invalid, GET: live } });
    expect(await sent).toMatchObject({ kind: 'refused', failures: [{ code }] });
    // The trail has what was answered.
    expect(log.slice(-2)).toEqual([`outcome ${patch.path} 422`, `GET ${patch.path}`]);
  });
});

describe('a call of an endpoint', () => {
  it('carries the key of its attempt, so that a repetition can be told', async () => {
    const { log } = await play([call]);
    expect(log).toEqual(['intent endpoint:pager', 'call pager action-uid/1', 'outcome endpoint:pager 200']);
  });

  it.each<[string, EndpointAnswer, object]>([
    ['is refused', { kind: 'answered', status: 400 }, { kind: 'refused', failures: [{ code: 'Http400' }] }],
    [
      'may have been taken',
      { kind: 'answered', status: 500 },
      { kind: 'unclear', message: 'endpoint pager answered 500 after it had taken the call' },
    ],
  ])('%s', async (_title, endpoint, sent) => {
    expect(await (await play([call], { endpoint })).sent).toMatchObject(sent);
  });

  it('keeps none of the others back, where each stands by itself', async () => {
    const endpoint = { kind: 'answered', status: 400 } as const;
    const { log } = await play([call, call], { endpoint, rules: { sends: 'each by itself' } });
    expect(log.filter((line) => line.startsWith('call'))).toHaveLength(2);
  });
});

describe('a dry run (I25)', () => {
  it.each([
    ['asks the server for one', patch, `PATCH ${patch.path}?dryRun=All&fieldManager=kubeskippy []`],
    // With a body, the query alone would delete in earnest.
    [
      'deletes nothing',
      removal,
      'DELETE /x?force&dryRun=All&fieldManager=kubeskippy {"kind":"DeleteOptions","dryRun":["All"]}',
    ],
  ])('%s', async (_title, request, line) => {
    const { log } = await play([request], { dryRun: true });
    expect(log[1]).toBe(line);
  });

  it('calls no endpoint', async () => {
    const { log, sent } = await play([call], { dryRun: true });
    expect(log).toEqual([]);
    expect(await sent).toMatchObject({ answers: ['endpoint pager was not called: dry run'] });
  });
});
