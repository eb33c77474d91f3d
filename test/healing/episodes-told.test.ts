/** Channels that follow episodes: one thread, one incident, one silence for an object, whatever is done to it. */
import { describe, expect, it } from 'vitest';
import { MESSENGERS } from '../../src/adapters/notify/index.ts';
import { Memory, type Wire } from '../../src/adapters/notify/told.ts';
import { interestOf, type ChannelType, notificationReasons } from '../../src/api/endpoint-schema.ts';
import type { EndpointCall } from '../../src/operator/ports.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { AlertmanagerService, PagerDutyService, type Service, SlackService } from '../kit/notify-services.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const TOKEN = 'xoxb-1';
const BASES: Readonly<Partial<Record<ChannelType, string>>> = {
  slackApp: '/api',
  pagerduty: '/v2/enqueue',
  alertmanager: '/alerts',
};

/** A cluster whose operator tells the service, without a socket between them. */
function toldBy(type: ChannelType, service: Service) {
  const world = new TestCluster();
  const memory = new Memory();
  const bodies: string[] = [];
  const send = ({ body }: EndpointCall) => {
    bodies.push(body);
    const settings = { name: 'ops', type, timeoutMs: 1000, channel: 'C024BE91L' };
    const wire: Wire = {
      settings,
      routingKey: 'a'.repeat(32),
      memory,
      now: () => world.clock.now(),
      send: ({ method, path = '', body: sent = '', contentType = '' }) => {
        const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': contentType };
        const reply = service.handle({ method, path: `${BASES[type] ?? ''}${path}`, headers, body: sent });
        return Promise.resolve({ answer: { kind: 'answered', status: reply.status }, value: reply.body });
      },
    };
    return MESSENGERS[type](body, wire);
  };
  world.operator({
    config: {
      notifications: { channels: ['ops'], reasons: notificationReasons, interests: { ops: interestOf(type) } },
    },
    actions: { endpoints: { send } },
  });
  return { world, bodies };
}

/** Each step clears the trigger for a moment, so that the ladder is three episodes; the last clears nothing. */
const THREE = {
  actions: [
    { name: 'roll', type: 'restart', priority: 3, restartAction: { strategy: 'rolling' } },
    { name: 'wider', type: 'scale', priority: 2, scaleAction: { direction: 'absolute', replicas: 2 } },
    { name: 'anew', type: 'restart', priority: 1, restartAction: { strategy: 'recreate' } },
  ],
  safetyRules: { requireHealthCheck: true, healthCheckTimeout: '30s' },
};

describe('an episode', () => {
  it('with three actions is one thread in Slack', async () => {
    const slack = new SlackService(TOKEN);
    const { world, bodies } = toldBy('slackApp', slack);
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy(THREE));
    await world.until(() => bodies.some((body) => body.includes('EpisodeExhausted')), 3_600_000);
    expect(world.phases()).toEqual(['Failed', 'Failed', 'Failed']);
    expect(slack.roots()).toHaveLength(1);
    const told = [...slack.messages.values()].map(({ text }) => text);
    expect(told.some((text) => text.includes('EpisodeExhausted'))).toBe(true);
    const reasons = bodies.map((body) => (JSON.parse(body) as { readonly reason: string }).reason);
    expect(reasons.filter((reason) => reason === 'HealingFailed')).toHaveLength(3);
    expect([...slack.messages.values()].filter(({ thread }) => thread !== undefined)).toHaveLength(reasons.length - 1);
  });

  it('that needs a person is one incident, until the object is well', async () => {
    const pager = new PagerDutyService();
    const { world } = toldBy('pagerduty', pager);
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy(THREE));
    await world.until(() => pager.open.size > 0, 3_600_000);
    expect([...pager.open.values()]).toEqual([1]);
    // Somebody mends it.
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => {
      delete draft['spec'].template.metadata.annotations;
      return draft;
    });
    expect(await world.until(() => pager.open.size === 0, 1_800_000)).toBe(true);
  });

  it('that heals by itself pages no one, and keeps alerts silent until its health is proved', async () => {
    const pager = new PagerDutyService();
    const paged = toldBy('pagerduty', pager);
    paged.world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    paged.world.cluster.create(POLICIES, policy());
    await paged.world.until(() => paged.world.phases().includes('Succeeded'));
    await paged.world.clock.advance(60_000);
    expect(pager.events.map((event) => event['event_action'])).toEqual(['resolve']);

    const alerts = new AlertmanagerService();
    const { world } = toldBy('alertmanager', alerts);
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => alerts.silences.size === 1)).toBe(true);
    expect(world.phases()).toEqual(['InProgress']);
    await world.until(() => world.phases().includes('Succeeded'));
    await world.clock.advance(1000);
    expect([alerts.silences.size, alerts.ended]).toEqual([0, ['silence-1']]);
  });

  it('of which one trigger of two resolves stays an incident', async () => {
    const pager = new PagerDutyService();
    const { world, bodies } = toldBy('pagerduty', pager);
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    const mark = {
      name: 'marked',
      type: 'expression',
      expressionTrigger: { expression: "'ill' in object.metadata.labels", duration: '5s' },
    };
    const crashing = { type: 'CrashLoopBackOff', status: 'True', duration: '20s' };
    const triggers = [mark, { name: 'looping', type: 'condition', conditionTrigger: crashing }];
    world.cluster.create(POLICIES, policy({ mode: 'manual', triggers }));
    const label = (labels: Record<string, string>) =>
      world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => {
        draft.metadata.labels = labels;
        return draft;
      });
    label({ app: 'web', ill: 'yes' });
    await world.until(() => pager.open.size > 0);
    await world.clock.advance(60_000);
    expect(world.status('crash-loops').activeTriggers).toEqual(['marked', 'looping']);
    label({ app: 'web' });
    await world.clock.advance(30_000);
    expect(world.status('crash-loops').activeTriggers).toEqual(['looping']);
    expect([...pager.open.values()]).toEqual([1]);
    expect(bodies.filter((body) => body.includes('"over"'))).toEqual([]);
  });

  it('of a dry run is told nowhere', async () => {
    const slack = new SlackService(TOKEN);
    const { world, bodies } = toldBy('slackApp', slack);
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ ...THREE, mode: 'dryrun' }));
    await world.clock.advance(900_000);
    expect(world.actions().length).toBeGreaterThan(0);
    expect(bodies).toEqual([]);
  });

  it('that waits for a person carries the command to run', async () => {
    const { world, bodies } = toldBy('slackApp', new SlackService(TOKEN));
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'manual' }));
    await world.until(() => bodies.some((body) => body.includes('ApprovalRequired')));
    const name = world.actions()[0]?.metadata.name ?? '';
    expect(bodies.at(-1)).toContain(`kubeskippy approve ${name} -n default (or reject)`);
  });
});
