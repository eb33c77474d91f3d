import { describe, expect, it } from 'vitest';
import { planInput, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { ActionTemplate } from '../../api/action-template.ts';
import { DEFAULT_ACTION_SETTINGS, type PlanResult } from './action-kind.ts';
import { notify } from './notify.ts';
import { webhook } from './webhook.ts';

const web = workload('Deployment');
const settings = { ...DEFAULT_ACTION_SETTINGS, endpoints: ['runbooks'], channels: ['ops', 'chat'] };
const call = (template: ActionTemplate, change = {}): PlanResult =>
  (template.type === 'notify' ? notify : webhook).plan(planInput(template, web, { settings, ...change }));
const bodies = (result: PlanResult): readonly unknown[] =>
  result.kind === 'requests' ? result.requests.map(({ body }) => JSON.parse(body ?? '') as unknown) : [];
const webhookTo = (name: string) =>
  templateOf({ type: 'webhook', description: 'run the book', webhookAction: { name } });
const notifyTo = (notifyAction?: object) =>
  templateOf({ type: 'notify', ...(notifyAction !== undefined && { notifyAction }) });

describe('a webhook', () => {
  it('is told what is wrong with what, who asks, and which attempt it is', () => {
    const result = call(webhookTo('runbooks'));
    expect(result).toMatchObject({ kind: 'requests', next: 'verify', requests: [{ endpoint: 'runbooks', path: '' }] });
    expect(bodies(result)).toEqual([
      {
        version: 'kubeskippy.io/call-v1',
        id: 'action-uid/1',
        action: { namespace: 'shop', name: 'web-1', uid: 'action-uid', template: 'a', description: 'run the book' },
        policy: { namespace: 'shop', name: 'p' },
        trigger: 'looping',
        evidence: 'seen',
        target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'web-uid' },
      },
    ]);
  });

  it('says nothing of a policy when a person made the action', () => {
    const { policy: _none, ...origin } = planInput(webhookTo('runbooks'), web).origin;
    expect(bodies(call(webhookTo('runbooks'), { origin }))[0]).not.toHaveProperty('policy');
  });
});

describe('a notification', () => {
  it.each<[string, object | undefined, readonly string[]]>([
    ['goes to all channels when none is named', undefined, ['ops', 'chat']],
    ['goes to the one that is named', { channel: 'chat' }, ['chat']],
  ])('%s', (_title, block, channels) => {
    const result = call(notifyTo(block));
    expect(result.kind === 'requests' ? result.requests.map(({ endpoint }) => endpoint) : result).toEqual(channels);
  });

  it('carries a text, the own words first', () => {
    expect(bodies(call(notifyTo({ channel: 'ops', message: 'Look here' })))).toMatchObject([
      { version: 'kubeskippy.io/call-v1', text: 'Look here\nDeployment shop/web (looping): seen' },
    ]);
  });

  it('is cut to what a chat shows', () => {
    const { origin } = planInput(notifyTo(), web);
    const [body] = bodies(call(notifyTo({ channel: 'ops' }), { origin: { ...origin, evidence: 'x'.repeat(5000) } }));
    expect((body as { text: string }).text).toHaveLength(1024);
  });
});

describe('what nobody is called for', () => {
  it.each<[string, ActionTemplate, object, string]>([
    ['an endpoint that is not configured', webhookTo('elsewhere'), settings, 'UnknownEndpoint'],
    ['a channel as an endpoint', webhookTo('ops'), settings, 'UnknownEndpoint'],
    ['a channel that is not configured', notifyTo({ channel: 'elsewhere' }), settings, 'UnknownChannel'],
    ['an endpoint as a channel', notifyTo({ channel: 'runbooks' }), settings, 'UnknownChannel'],
    ['people, without any channel', notifyTo(), DEFAULT_ACTION_SETTINGS, 'NoChannel'],
  ])('%s', (_title, template, given, reason) => {
    expect(call(template, { settings: given })).toMatchObject({ kind: 'refused', reason });
  });
});

describe('a call whose answer was lost', () => {
  const seen = { target: web, kind: 'Deployment', uid: 'web-uid', marker: 'action-uid/1', requests: [], answers: {} };
  it.each([webhook, notify])('cannot be asked about', (kind) => {
    expect(kind.classify({ ...seen, template: webhookTo('runbooks') })).toBe('unknown');
  });
});
