/** Each kind of channel against a service on the loopback that holds it to the documented protocol. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEndpoints } from '../../src/adapters/notify/http-endpoints.ts';
import type { EndpointSettings } from '../../src/api/endpoint-schema.ts';
import type { EndpointAnswer } from '../../src/operator/ports.ts';
import { systemClock } from '../../src/std/clock.ts';
import {
  AlertmanagerService,
  CloudEventsService,
  PagerDutyService,
  type Service,
  type ServiceReply,
  SlackService,
  TeamsService,
} from '../kit/notify-services.ts';

const TOKEN = 'xoxb-planted-token';
let folder: string;
let server: Server;
let service: Service;
/** Given before the service is asked, one after another. */
let instead: ServiceReply[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubeskippy-notifiers-'));
  writeFileSync(join(folder, 'token'), TOKEN);
  writeFileSync(join(folder, 'key'), '0123456789abcdef0123456789abcdef\n');
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const reply = instead.shift() ?? service.handle({ method, path: url, headers, body });
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  instead = [];
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u' };
const ACTION = {
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingAction',
  namespace: 'shop',
  name: 'web-1',
  uid: 'a',
};
const POLICY = {
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  namespace: 'shop',
  name: 'web',
  uid: 'p',
};

type Stage = 'open' | 'goesOn' | 'over';

let count = 0;
/** What the operator sends of its news. */
const news = (reason: string, stage: Stage, more: object = {}): string =>
  JSON.stringify({
    version: 'kubeskippy.io/call-v1',
    id: `${reason}/${count++}`,
    reason,
    stage,
    at: '2026-11-29T12:00:00.000000Z',
    about: [ACTION, TARGET, POLICY],
    text: `${reason}: <!channel> [click](http://evil) & more\n\nWhy: it crashes`,
    ...more,
  });

function channel(settings: Partial<EndpointSettings> & Pick<EndpointSettings, 'type'>) {
  const endpoints = httpEndpoints([{ name: 'ops', timeoutMs: 5000, url: origin(), ...settings }], systemClock);
  return (body: string): Promise<EndpointAnswer> => endpoints.send({ endpoint: 'ops', body, idempotencyKey: 'k' });
}

describe('an app of Slack', () => {
  const app = () =>
    channel({ type: 'slackApp', url: `${origin()}/api`, channel: 'C024BE91L', bearerTokenFile: join(folder, 'token') });

  it('keeps one thread for an object, whose first message shows the newest state', async () => {
    const slack = new SlackService(TOKEN);
    service = slack;
    const tell = app();
    for (const [reason, stage] of [
      ['TriggerFiring', 'open'],
      ['HealingStarted', 'goesOn'],
      ['HealingFailed', 'goesOn'],
      ['HealingSucceeded', 'over'],
    ] as const)
      expect(await tell(news(reason, stage))).toEqual({ kind: 'answered', status: 200 });
    const [root, ...replies] = [...slack.messages.values()];
    expect(root).toMatchObject({ thread: undefined, updates: 3 });
    expect(root?.text).toMatch(
      /^Deployment shop\/web: HealingSucceeded: &lt;!channel&gt; \[click\]\(http:\/\/evil\) &amp; more/,
    );
    expect(replies.map(({ thread }) => thread)).toEqual(Array<string>(3).fill('1355517523.000001'));
    await tell(news('TriggerFiring', 'open', { about: [{ ...TARGET, name: 'other' }, POLICY] }));
    expect(slack.roots()).toHaveLength(2);
  });

  it('begins anew when its message was deleted, and says what Slack refuses or cannot do now', async () => {
    const slack = new SlackService(TOKEN);
    service = slack;
    const tell = app();
    await tell(news('TriggerFiring', 'open'));
    slack.messages.clear();
    expect(await tell(news('HealingStarted', 'goesOn'))).toMatchObject({ status: 200 });
    expect(slack.roots()).toHaveLength(1);
    instead = [{ status: 200, body: { ok: false, error: 'internal_error' } }];
    expect(await tell(news('HealingFailed', 'goesOn'))).toMatchObject({ status: 503 });
    instead = [{ status: 429, headers: { 'retry-after': '30' } }];
    expect(await tell(news('HealingFailed', 'goesOn'))).toEqual({
      kind: 'answered',
      status: 429,
      retryAfterMs: 30_000,
    });
    instead = [{ status: 200, body: { ok: false, error: 'is_archived' } }];
    expect(await tell(news('HealingFailed', 'goesOn'))).toMatchObject({ status: 400 });
    instead = [{ status: 200, body: 'nonsense' }];
    expect(await tell(news('HealingFailed', 'goesOn'))).toMatchObject({ status: 400 });
  });
});

describe('PagerDuty', () => {
  const start = () => {
    const pager = new PagerDutyService();
    service = pager;
    const of = { type: 'pagerduty', url: `${origin()}/v2/enqueue`, routingKeyFile: join(folder, 'key') } as const;
    return { pager, tell: channel(of), another: channel(of) };
  };
  const needed = (reason: string, more: object = {}) => news(reason, 'goesOn', { needs: 'people', ...more });

  it('has one incident for an episode, which its end resolves, in another process too', async () => {
    const { pager, tell, another } = start();
    expect(await tell(needed('ApprovalRequired'))).toMatchObject({ status: 202 });
    await tell(needed('EpisodeExhausted'));
    expect([...pager.open.values()]).toEqual([2]);
    expect(pager.events.at(-1)).toMatchObject({
      payload: { source: 'Deployment shop/web', severity: 'error', component: 'web', group: 'shop' },
    });
    await another(news('TriggerResolved', 'over'));
    expect([...pager.open.values()]).toEqual([]);
  });

  it('leaves open what the end of an episode does not mend, and what another policy has asked', async () => {
    const { pager, tell } = start();
    await tell(needed('UndoFailed'));
    await tell(needed('EpisodeExhausted', { about: [TARGET, { ...POLICY, name: 'another' }] }));
    await tell(needed('EpisodeExhausted', { about: [{ ...TARGET, name: 'api' }, POLICY] }));
    await tell(news('TriggerResolved', 'over'));
    expect(pager.open.size).toBe(3);
    expect(pager.events[0]).toMatchObject({ payload: { severity: 'critical', class: 'UndoFailed' } });
  });

  it('says that it refuses an event', async () => {
    service = new PagerDutyService();
    const tell = channel({ type: 'pagerduty', url: `${origin()}/v2/enqueue`, routingKeyFile: join(folder, 'token') });
    expect(await tell(news('UndoFailed', 'goesOn', { needs: 'people' }))).toMatchObject({ status: 400 });
  });
});

describe('Microsoft Teams', () => {
  it('gets a card whose text is text and nothing else', async () => {
    const teams = new TeamsService();
    service = teams;
    const tell = channel({ type: 'teams', template: 'On {{object}} in {{ namespace }}, by {{policy}}: {{text}}' });
    expect(await tell(news('EpisodeExhausted', 'goesOn', { needs: 'people' }))).toMatchObject({ status: 202 });
    expect(teams.texts).toEqual([
      'Deployment shop/web\nOn Deployment/web in shop, by web: EpisodeExhausted: <!channel> [click](http://evil) & more\nWhy: it crashes',
    ]);
  });
});

describe('Alertmanager', () => {
  it('is silent about the object while it is healed, and no longer', async () => {
    const alerts = new AlertmanagerService();
    service = alerts;
    const tell = channel({ type: 'alertmanager', url: `${origin()}/alerts`, silenceForMs: 300_000 });
    await tell(news('TriggerFiring', 'open'));
    expect(alerts.silences.size).toBe(0);
    await tell(news('HealingStarted', 'goesOn'));
    const [silence] = [...alerts.silences.values()];
    expect(silence?.matchers).toEqual([
      { name: 'namespace', value: 'shop', isRegex: false, isEqual: true },
      { name: 'deployment', value: 'web', isRegex: false, isEqual: true },
    ]);
    expect(Date.parse(silence?.endsAt ?? '') - Date.parse(silence?.startsAt ?? '')).toBe(300_000);
    await tell(news('HealingStarted', 'goesOn'));
    expect(alerts.silences.size).toBe(1);
    await tell(news('TriggerResolved', 'over'));
    expect(alerts.silences.size).toBe(1);
    await tell(news('HealingSucceeded', 'over'));
    expect([alerts.silences.size, alerts.ended]).toEqual([0, ['silence-1']]);
  });

  it('is asked nothing for kinds that have no series of their own, and forgives a silence that has ended', async () => {
    const alerts = new AlertmanagerService();
    service = alerts;
    const tell = channel({ type: 'alertmanager', url: `${origin()}/alerts/` });
    await tell(news('HealingStarted', 'goesOn', { about: [{ ...TARGET, kind: 'Cache' }] }));
    expect(alerts.silences.size).toBe(0);
    await tell(news('HealingStarted', 'goesOn'));
    alerts.silences.clear();
    expect(await tell(news('HealingFailed', 'goesOn'))).toEqual({ kind: 'answered', status: 200 });
  });
});

describe('a text that is cut in the middle of a character', () => {
  it.each(['slackApp', 'pagerduty', 'teams', 'alertmanager'] as const)('reaches %s as Unicode', async (type) => {
    const bodies: string[] = [];
    const services = {
      slackApp: new SlackService(TOKEN),
      pagerduty: new PagerDutyService(),
      teams: new TeamsService(),
      alertmanager: new AlertmanagerService(),
    };
    service = {
      handle: (call) => {
        bodies.push(call.body);
        return services[type].handle(call);
      },
    };
    const bases = { slackApp: '/api', pagerduty: '/v2/enqueue', teams: '', alertmanager: '/alerts' };
    const files = { bearerTokenFile: join(folder, 'token'), routingKeyFile: join(folder, 'key') };
    const tell = channel({ type, url: `${origin()}${bases[type]}`, channel: 'C024BE91L', ...files });
    // One of the two begins at an odd place whatever stands before it.
    for (const before of ['', 'x'])
      expect(await tell(news('HealingStarted', 'goesOn', { text: before + '\u{1f600}'.repeat(5000) }))).toMatchObject({
        kind: 'answered',
      });
    expect(bodies.length).toBeGreaterThan(1);
    expect(bodies.filter((body) => /\\ud[89a-f]/i.test(body))).toEqual([]);
  });
});

describe('CloudEvents', () => {
  it('are whole events, each with its own id', async () => {
    const receiver = new CloudEventsService();
    service = receiver;
    const tell = channel({ type: 'cloudevents' });
    expect(await tell(news('ApprovalRequired', 'goesOn', { needs: 'people' }))).toMatchObject({ status: 202 });
    expect(receiver.events).toEqual([
      expect.objectContaining({
        type: 'io.kubeskippy.ApprovalRequired',
        subject: 'Deployment shop/web',
        time: '2026-11-29T12:00:00.000000Z',
        data: expect.objectContaining({ about: [ACTION, TARGET, POLICY] }) as object,
      }),
    ]);
  });
});
