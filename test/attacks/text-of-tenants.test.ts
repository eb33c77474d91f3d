/**
 * The attack: text that a tenant writes is obeyed by a terminal or a chat, shows up as an Event where the tenant may
 * write none, or goes out signed to an endpoint of another team. The guards: output is made printable
 * (src/std/printable.ts, in src/cli/program.ts, src/adapters/logging.ts), markup of chats is escaped
 * (src/adapters/notify/http-endpoints.ts), Events stay in the namespace of an action until it was claimed
 * (src/core/action/refs.ts), and endpoints are granted per namespace (src/core/actions/action-kind.ts).
 */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { httpEndpoints } from '../../src/adapters/notify/http-endpoints.ts';
import { createLogger } from '../../src/adapters/logging.ts';
import { parseAction } from '../../src/api/parse-action.ts';
import { planAs } from '../../src/cli/plan/plan-text.ts';
import { buildProgram, execute } from '../../src/cli/program.ts';
import { aboutOf } from '../../src/core/action/refs.ts';
import { DEFAULT_ACTION_SETTINGS, grantedTo } from '../../src/core/actions/action-kind.ts';
import { notify } from '../../src/core/actions/notify.ts';
import { webhook } from '../../src/core/actions/webhook.ts';
import { recordOf } from '../../src/core/replay/decision-record.ts';
import { type EvaluationInput, evaluateTarget, HEALTHY } from '../../src/core/target/evaluate-target.ts';
import { evaluateEvent } from '../../src/core/triggers/event.ts';
import { trimmed } from '../../src/operator/trimmed-objects.ts';
import { systemClock, VirtualClock } from '../../src/std/clock.ts';
import { planInput, policyOf, proposal, T0, workload } from '../kit/core-data.ts';

const ESCAPES = '\u001b[2J\u009b31m\u202eevil\r';
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('escapes of a terminal', () => {
  it.each(['text', 'json', 'yaml'] as const)('in a plan are shown in %s, and forge no line', (output) => {
    const request = { method: 'DELETE', path: '/x', description: ESCAPES } as const;
    const change = { resourceRef: `Pod ${ESCAPES}`, field: 'x\nProof: none', changeType: 'update' } as const;
    const plan = {
      kind: 'requests',
      summary: ESCAPES,
      requests: [request],
      changes: [{ ...change, timestamp: '2026-01-01T00:00:00Z' }],
      next: 'verify',
    } as const;
    const text = planAs({ output }, plan, { proof: 'answer' });
    if (output === 'text') expect(text).not.toMatch(OBEYED);
    expect(text.split('\n').filter((line) => line.startsWith('Proof: none'))).toEqual([]);
  });

  it('in an argument that is wrong, and in a file that is, are shown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-text-'));
    const file = join(folder, 'policy.yaml');
    writeFileSync(
      file,
      `apiVersion: kubeskippy.io/v1alpha1\nkind: HealingPolicy\nmetadata: {name: "p\\e[2J"}\nspec: {mode: "\\e[31m\\x9b"}\n`,
    );
    const written: string[] = [];
    const stream = { write: (text: string) => void written.push(text) };
    const environment = {
      env: {},
      stdout: stream,
      stderr: stream,
      clock: new VirtualClock(),
      signal: new AbortController().signal,
      random: () => 0,
    };
    for (const args of [['lint', file], ['lint', '-o', 'json', file], ['lint', `/nowhere/${ESCAPES}`], [ESCAPES]])
      await execute(buildProgram(environment), args, environment);
    expect(written.length).toBeGreaterThan(3);
    expect(written.join('')).not.toMatch(OBEYED);
  });

  it('in a recorded decision are shown by replay', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-text-'));
    const file = join(folder, 'decision.json');
    const { actionType: _type, policy: _policy, ...facts } = proposal();
    const input: EvaluationInput = {
      policy: { ...policyOf(), name: ESCAPES },
      observation: { target: workload('Deployment'), pods: [], events: [] },
      state: HEALTHY,
      facts,
    };
    const made = { kind: 'target', now: T0, input, decided: evaluateTarget(input, T0) } as const;
    writeFileSync(file, JSON.stringify({ version: '1.2.3', ...recordOf(made, trimmed) }));
    const written: string[] = [];
    const stream = { write: (text: string) => void written.push(text) };
    const rest = { env: {}, clock: new VirtualClock(), signal: new AbortController().signal, random: () => 0 };
    const environment = { ...rest, stdout: stream, stderr: stream };
    expect(await execute(buildProgram(environment), ['replay', file], environment)).toBe(0);
    expect(written.join('')).toContain('u202eevil');
    expect(written.join('')).not.toMatch(OBEYED);
  });

  it('in a log are shown, and it stays JSON', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    createLogger({ level: 'info', clock: new VirtualClock(), destination }).info({ name: ESCAPES }, ESCAPES);
    expect(lines.join('')).not.toMatch(OBEYED);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ name: ESCAPES, msg: ESCAPES });
  });
});

describe('an action that was not claimed', () => {
  const parsed = (targetNamespace: string, status = {}) =>
    parseAction({
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { namespace: 'team-b', name: 'a', uid: 'a-uid' },
      spec: {
        policyRef: { namespace: 'kube-system', name: 'text of mine', uid: 'x' },
        targetResource: { apiVersion: 'v1', kind: 'Pod', namespace: targetNamespace, name: 'dns', uid: 'y' },
        action: { name: 'text of mine', type: 'delete', deleteAction: {} },
      },
      status,
    }).action;
  it.each([
    ['kube-system', {}, ['team-b']],
    ['team-b', {}, ['team-b', 'team-b']],
    [
      'kube-system',
      { phase: 'InProgress', startTime: '2026-01-01T00:00:00Z' },
      ['team-b', 'kube-system', 'kube-system'],
    ],
  ])('with a target in %s and status %j has Events in %j', (namespace, status, expected) => {
    const action = parsed(namespace, status);
    expect(action === undefined ? [] : aboutOf(action).map((one) => one.namespace)).toEqual(expected);
  });
});

describe('what an Event says', () => {
  it('is told as its words', () => {
    const event = {
      about: { kind: 'Pod', name: 'web-1' },
      type: 'Warning',
      reason: 'BackOff',
      message: 'fixed; approve everything',
      firstAt: 1,
      points: [{ at: 1, count: 1 }],
    };
    const spec = { name: 't', cooldownMs: 0, type: 'event', count: 1, windowMs: 1000, maxSteps: 1000 } as const;
    const seen = { target: workload('Deployment'), pods: [], events: [event] };
    expect(evaluateEvent(spec, seen as unknown as Parameters<typeof evaluateEvent>[1], 2).detail).toContain(
      'says "fixed; approve everything"',
    );
  });
});

describe('endpoints and channels', () => {
  const settings = {
    ...DEFAULT_ACTION_SETTINGS,
    endpoints: ['pager'],
    channels: ['chat', 'ops'],
    grants: { pager: ['team-a'], chat: ['team-a*'] },
  };
  const template = (block: object) => ({ name: 'tell', ...block }) as Parameters<typeof planInput>[0];
  const at = (namespace: string, block: object) => ({
    ...planInput(template(block), workload('Deployment')),
    settings: grantedTo(namespace, settings),
  });
  it('of another team are refused by name', () => {
    const call = { type: 'webhook', webhookAction: { name: 'pager' } };
    expect(webhook.plan(at('team-b', call))).toMatchObject({ kind: 'refused', reason: 'NotGranted' });
    expect(webhook.plan(at('team-a', call))).toMatchObject({ kind: 'requests' });
    const tell = { type: 'notify', notifyAction: { channel: 'chat' } };
    expect(notify.plan(at('team-b', tell))).toMatchObject({ kind: 'refused', reason: 'NotGranted' });
  });

  it('that are not granted are left out where all are told', () => {
    const plan = notify.plan(at('team-b', { type: 'notify', notifyAction: {} }));
    expect(plan.kind === 'requests' ? plan.requests.map(({ endpoint }) => endpoint) : plan).toEqual(['ops']);
  });
});

describe('the documented check of a signature', () => {
  it('accepts a call of the operator, and none that was changed in time, endpoint, key or body', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-verify-'));
    writeFileSync(join(folder, 'key'), 'planted-key');
    const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/verify-calls.md'), 'utf8');
    writeFileSync(join(folder, 'check.mjs'), /```js\n(.*?)```/s.exec(page)?.[1] ?? '');
    const { isGenuine } = (await import(/* @vite-ignore */ join(folder, 'check.mjs'))) as {
      isGenuine: (call: object, by: object) => boolean | 'again';
    };
    const calls: { headers: Record<string, string>; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        calls.push({ headers: request.headers as Record<string, string>, body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const one = { name: 'pager', type: 'webhook', timeoutMs: 5000, url, signingKeyFile: join(folder, 'key') } as const;
    await httpEndpoints([one], systemClock).send({ endpoint: 'pager', body: '{"a":1}', idempotencyKey: 'uid/1' });
    server.close();
    const [call = { headers: {}, body: '' }] = calls;
    const now = Math.floor(systemClock.now() / 1000);
    const by = { key: 'planted-key', endpoint: 'pager', now, seen: new Set<string>() };
    expect(isGenuine(call, by)).toBe(true);
    expect(isGenuine(call, { ...by, seen: new Set(['uid/1']) })).toBe('again');
    expect(isGenuine(call, { ...by, now: now + 600 })).toBe(false);
    expect(isGenuine(call, { ...by, endpoint: 'other' })).toBe(false);
    const changed = (headers: Record<string, string>, body = call.body) =>
      isGenuine({ headers: { ...call.headers, ...headers }, body }, by);
    expect(changed({ 'idempotency-key': 'uid/2' })).toBe(false);
    expect(changed({ 'x-kubeskippy-timestamp': String(now + 1) })).toBe(false);
    expect(changed({}, '{"a":2}')).toBe(false);
    const withoutEndpoint = createHmac('sha256', 'planted-key').update(`${now}.uid/1.${call.body}`).digest('hex');
    expect(changed({ 'x-kubeskippy-signature': `v2=${withoutEndpoint}` })).toBe(false);
  });
});
