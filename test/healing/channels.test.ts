/** What people are told by the operator itself, and what comes of channels that do not take it. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { Interest } from '../../src/api/endpoint-schema.ts';
import { Notifications } from '../../src/operator/notifications.ts';
import { Untold } from '../../src/operator/untold.ts';
import type { EndpointAnswer, EndpointCall, OperatorConfig, OperatorObserver } from '../../src/operator/ports.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';

const OK: EndpointAnswer = { kind: 'answered', status: 200 };
const DOWN: EndpointAnswer = {
  kind: 'failed',
  code: 'ConnectionRefused',
  message: 'the connection was refused',
  delivered: 'no',
};
const REASONS = ['EpisodeExhausted', 'UndoFailed', 'ApprovalRequired'];
const settings = { channels: ['ops', 'chat'], reasons: REASONS };
const news = (message = 'web is down') => ({ about: [], reason: 'EpisodeExhausted', message, tell: 'people' }) as const;
const textOf = ({ body }: EndpointCall): string => (JSON.parse(body) as { readonly text: string }).text;

/** `ops` gives these answers one after another, the last one for ever; `chat` takes everything. */
function channels(...answers: readonly EndpointAnswer[]) {
  return channelsWith({}, ...answers);
}

function channelsWith(interests: Readonly<Record<string, Interest>>, ...answers: readonly EndpointAnswer[]) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const calls: EndpointCall[] = [];
  const counted: string[] = [];
  const observer: OperatorObserver = {
    ...UNOBSERVED,
    notified: (channel) => void counted.push(`${channel} told`),
    notificationDropped: (channel, why) => void counted.push(`${channel} ${why}`),
  };
  const untold = new Untold({ clock, onChange: () => undefined });
  const logs: unknown[] = [];
  const log = (fields: unknown): void => void logs.push(fields);
  const callsOf = (channel: string) => calls.filter(({ endpoint }) => endpoint === channel);
  const send = async (call: EndpointCall): Promise<EndpointAnswer> => {
    calls.push(call);
    return call.endpoint === 'chat' ? OK : (answers[Math.min(callsOf('ops').length, answers.length) - 1] ?? OK);
  };
  const logger = { info: log, warn: log, error: log };
  const notifications = new Notifications(
    {
      clock,
      random: () => 0,
      endpoints: { send },
      logger,
      observer,
      settings: { ...settings, grants: { chat: ['', 'team-*'] }, interests },
      perHour: 150,
      untold,
    },
    stop.signal,
  );
  return { clock, stop, notifications, callsOf, counted, logs, untold };
}

describe('a channel', () => {
  it('that is down is tried again under the same key, while the others hear it once', async () => {
    const { clock, notifications, callsOf, counted } = channels(DOWN, { kind: 'answered', status: 503 }, OK);
    notifications.tell(news());
    await clock.advance(60_000);
    expect(callsOf('ops')).toHaveLength(3);
    expect(new Set(callsOf('ops').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(callsOf('chat')).toHaveLength(1);
    expect(counted).toEqual(['chat told', 'ops told']);
  });

  it('waits as long as it asks for', async () => {
    const { clock, notifications, callsOf } = channels({ kind: 'answered', status: 429, retryAfterMs: 120_000 }, OK);
    notifications.tell(news());
    await clock.advance(119_000);
    expect(callsOf('ops')).toHaveLength(1);
    await clock.advance(2000);
    expect(callsOf('ops')).toHaveLength(2);
  });

  it.each<[string, EndpointAnswer, string, number]>([
    ['refuses it for good', { kind: 'answered', status: 404 }, 'ops Refused', 1000],
    ['is down for an hour', DOWN, 'ops TooLate', 3_600_000],
  ])('that %s is given up, which is counted and logged', async (_title, answer, count, afterMs) => {
    const { clock, notifications, counted, logs } = channels(answer);
    notifications.tell(news());
    await clock.advance(afterMs);
    expect(counted.toSorted()).toEqual(['chat told', count]);
    expect(logs).toMatchObject([{ channel: 'ops', reason: 'EpisodeExhausted' }]);
  });

  it('that is down is named after half a minute to the namespace that it was about, until it takes a message', async () => {
    const { clock, notifications, untold } = channels(DOWN, DOWN, DOWN, DOWN, DOWN, OK);
    notifications.tell(news());
    await clock.advance(30_000);
    expect(untold.in('')).toBeUndefined();
    await clock.advance(6000);
    expect(untold.in('')).toContain('channel ops has delivered nothing since');
    expect(untold.in('')).toContain('the connection was refused; it is tried again for an hour');
    await clock.advance(200_000);
    expect(untold.in('')).toBeUndefined();
  });

  it('that refuses what is only followed keeps no person from being told', async () => {
    const { clock, notifications, untold } = channelsWith({ ops: 'episodes' }, { kind: 'answered', status: 404 });
    notifications.tell({ about: [], reason: 'HealingStarted', message: 'web is restarted' });
    await clock.advance(1000);
    expect(untold.in('')).toBeUndefined();
  });

  it('that is down lets a hundred wait, and no more', async () => {
    const { clock, notifications, callsOf, counted } = channels(DOWN, OK);
    for (let count = 1; count <= 130; count++) {
      notifications.tell(news(`number ${count}`));
      // Those that can are told meanwhile.
      await clock.advance(1);
    }
    expect(counted.filter((what) => what === 'ops QueueFull')).toHaveLength(30);
    await clock.advance(60_000);
    expect(counted.filter((what) => what === 'ops told')).toHaveLength(100);
    expect(callsOf('ops').map(textOf).slice(1)).toEqual(callsOf('chat').map(textOf).slice(0, 100));
  });

  it('hears nothing more when the operator stops', async () => {
    const { clock, stop, notifications, callsOf, counted } = channels(DOWN);
    notifications.tell(news('first'));
    notifications.tell(news('second'));
    await clock.advance(1000);
    stop.abort(new Error('stopped'));
    await clock.advance(600_000);
    expect(callsOf('ops')).toHaveLength(1);
    expect(counted.filter((what) => what.startsWith('ops'))).toEqual(['ops Stopped', 'ops Stopped']);
  });

  it('hears so much of one namespace in an hour, how much more there was, and others all the same', async () => {
    const { clock, notifications, callsOf } = channels(OK);
    const about = (namespace: string) => [{ apiVersion: 'v1', kind: 'Pod', namespace, name: 'a', uid: 'u' }];
    for (let count = 1; count <= 170; count++) {
      notifications.tell({ ...news(`number ${count}`), about: about('team-b') });
      await clock.advance(1);
    }
    notifications.tell({ ...news('of another'), about: about('team-a') });
    await clock.advance(1000);
    expect(callsOf('ops')).toHaveLength(151);
    await clock.advance(3_600_000);
    expect(callsOf('ops').map(textOf).slice(150)).toEqual([
      'EpisodeExhausted: of another',
      expect.stringContaining('20 more messages about namespace team-b were held back') as string,
    ]);
  });

  it('hears only of namespaces that the configuration grants it', async () => {
    const { clock, notifications, callsOf } = channels(OK);
    for (const namespace of ['team-a', 'payroll'])
      notifications.tell({ ...news(), about: [{ apiVersion: 'v1', kind: 'Pod', namespace, name: 'a', uid: 'u' }] });
    await clock.advance(1000);
    expect([callsOf('ops').length, callsOf('chat').length]).toEqual([2, 1]);
  });

  it('that follows episodes is flooded, and what needs people comes through all the same', async () => {
    const { clock, notifications, callsOf } = channelsWith({ ops: 'episodes' });
    for (let count = 0; count < 1000; count++) {
      notifications.tell({ about: [], reason: 'HealingStarted', message: `number ${count}` });
      await clock.advance(10);
    }
    expect(callsOf('ops')).toHaveLength(150);
    notifications.tell(news());
    await clock.advance(1000);
    expect([callsOf('ops').length, callsOf('chat').length]).toEqual([151, 1]);
  });

  it('that is down keeps what needs people, and drops what is only followed', async () => {
    const { clock, notifications, callsOf, counted } = channelsWith({ ops: 'episodes' }, DOWN, OK);
    for (let count = 0; count < 100; count++)
      notifications.tell({ about: [], reason: 'HealingStarted', message: `number ${count}` });
    notifications.tell(news('the last'));
    await clock.advance(60_000);
    expect(counted.filter((one) => one === 'ops QueueFull')).toHaveLength(1);
    expect(callsOf('ops').map(textOf).at(-1)).toContain('the last');
  });

  it('of which the hour is over still gets the end of what it was told of', async () => {
    const { clock, notifications, callsOf } = channelsWith({ ops: 'ends' });
    for (let count = 0; count < 151; count++) {
      notifications.tell(news(`number ${count}`));
      await clock.advance(10);
    }
    expect(callsOf('ops')).toHaveLength(150);
    notifications.tell({ about: [], reason: 'TriggerResolved', message: 'web runs', ends: 'episode' });
    notifications.tell({ about: [], reason: 'TriggerResolved', message: 'one of two' });
    await clock.advance(1000);
    expect(callsOf('ops').map(textOf).slice(150)).toEqual(['TriggerResolved: web runs']);
  });

  it('through which no person is told gets the beginning and the end of healings alone', async () => {
    const { clock, notifications, callsOf } = channelsWith({ ops: 'healing' });
    notifications.tell(news());
    for (const reason of ['TriggerFiring', 'HealingStarted', 'HealingUndone', 'HealingFailed'] as const)
      notifications.tell({ about: [], reason, message: reason });
    await clock.advance(1000);
    expect(callsOf('ops').map(textOf)).toEqual(['HealingStarted: HealingStarted', 'HealingFailed: HealingFailed']);
    expect(callsOf('chat')).toHaveLength(1);
  });
});

it('hears only of what the configuration names', async () => {
  const { clock, notifications, callsOf } = channels(OK);
  notifications.tell({ ...news(), reason: 'HealingStarted' });
  await clock.advance(1000);
  expect(callsOf('ops')).toEqual([]);
});

/** A workload that crashes for ever, and an operator with a channel of this temper. */
function play(
  spec: Record<string, unknown>,
  options: {
    readonly config?: Partial<OperatorConfig>;
    readonly answer?: () => Promise<EndpointAnswer>;
  } = {},
) {
  const world = new TestCluster();
  const told: string[] = [];
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(
    POLICIES,
    policy({ safetyRules: { requireHealthCheck: true, healthCheckTimeout: '1m' }, ...spec }),
  );
  const send = (call: EndpointCall): Promise<EndpointAnswer> => {
    told.push(textOf(call));
    return options.answer === undefined ? Promise.resolve(OK) : options.answer();
  };
  const start = () =>
    world.operator({
      config: { notifications: { channels: ['ops'], reasons: REASONS }, ...options.config },
      actions: {
        registry: actionRegistry(),
        settings: { ...DEFAULT_ACTION_SETTINGS, channels: ['ops'] },
        endpoints: { send },
      },
    });
  return { world, told, start };
}

const exhausted = (world: TestCluster) => () =>
  world.status('crash-loops').episodes?.some(({ state }) => state === 'Exhausted') ?? false;

describe('people are told', () => {
  it('once that an episode is exhausted, also when the operator starts anew', async () => {
    const { world, told, start } = play({});
    const first = start();
    expect(await world.until(exhausted(world))).toBe(true);
    await world.clock.advance(60_000);
    first.kill();
    start();
    await world.clock.advance(600_000);
    expect(told).toEqual([expect.stringMatching(/^EpisodeExhausted: no longer healed .* Deployment default\/web /)]);
  });

  it('once of a problem of which the last action of its ladder has told them', async () => {
    const actions = [{ name: 'page', type: 'notify', notifyAction: { channel: 'ops', message: 'web is down' } }];
    const { world, told, start } = play({ actions });
    start();
    expect(await world.until(exhausted(world))).toBe(true);
    await world.clock.advance(60_000);
    expect(told).toHaveLength(1);
    const events = world.cluster.list(EVENTS).filter((event) => event['reason'] === 'EpisodeExhausted');
    expect(events.length).toBeGreaterThan(0);
  });

  it('again where a restart came after they were told', async () => {
    const actions = [
      { name: 'page', type: 'notify', priority: 90, notifyAction: { channel: 'ops', message: 'web is down' } },
      { name: 'restart', type: 'restart', priority: 10 },
    ];
    const { world, told, start } = play({ actions });
    start();
    expect(await world.until(exhausted(world), 1_800_000)).toBe(true);
    await world.clock.advance(60_000);
    expect(told).toHaveLength(2);
  });

  it('that an action waits for them, and where', async () => {
    const { world, told, start } = play({ mode: 'manual' });
    start();
    expect(await world.until(() => told.length > 0)).toBe(true);
    const name = world.actions()[0]?.metadata.name;
    expect(told[0]).toMatch(
      /^ApprovalRequired: Deployment default\/web: restart \(restart\) waits for approval until /,
    );
    const [what] = told[0]?.split('\n\n') ?? [];
    expect(
      what?.endsWith(`HealingAction default/${name}. Decide with: kubeskippy approve ${name} -n default (or reject)`),
    ).toBe(true);
  });

  it('that a change could not be taken back', async () => {
    const scale = { name: 'more', type: 'scale', scaleAction: { direction: 'up', replicas: 1 } };
    const { world, told, start } = play({ actions: [scale] });
    start();
    expect(await world.until(() => world.phases().includes('InProgress'))).toBe(true);
    await world.clock.advance(5000);
    // Somebody else wants another count: it is theirs.
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => {
      draft['spec'].replicas = 5;
      return draft;
    });
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    await world.clock.advance(1000);
    expect(told).toContainEqual(
      expect.stringMatching(
        /^UndoFailed: Deployment default\/web: scale .* back .*somebody else has changed \/spec\/replicas since/,
      ),
    );
  });

  it('or the policy says that they are not, until the channel takes what they have to know', async () => {
    const channel = { status: 404 };
    const scale = { name: 'more', type: 'scale', scaleAction: { direction: 'up', replicas: 1 } };
    const { world, told, start } = play(
      { actions: [scale], mode: 'manual', safetyRules: { approvalTimeout: '5m' } },
      { answer: () => Promise.resolve({ kind: 'answered', status: channel.status }) },
    );
    world.cluster.create(POLICIES, { ...policy({}), metadata: { name: 'elsewhere', namespace: 'kube-public' } });
    start();
    const said = (name: string) => {
      const found = world.cluster.list(POLICIES).find(({ metadata }) => metadata.name === name);
      return (found?.['status'] as PolicyStatus | undefined)?.conditions;
    };
    const untold = () => said('crash-loops')?.find(({ type }) => type === 'PeopleTold');
    expect(await world.until(() => untold() !== undefined)).toBe(true);
    expect(told[0]).toContain('ApprovalRequired');
    expect(untold()).toMatchObject({ status: 'False', reason: 'ChannelFailing' });
    expect(untold()?.message).toContain('channel ops');
    expect(untold()?.message).toContain('it answered 404; people were not told of ApprovalRequired');
    expect(said('elsewhere')?.map(({ type }) => type)).not.toContain('PeopleTold');
    // The approval runs out, and people are told something anew.
    channel.status = 200;
    expect(await world.until(() => untold() === undefined, 1_800_000)).toBe(true);
    expect(told.length).toBeGreaterThan(1);
  });

  it('nothing of dry runs', async () => {
    const { world, told, start } = play({}, { config: { dryRun: 'All' } });
    start();
    expect(await world.until(exhausted(world))).toBe(true);
    await world.clock.advance(60_000);
    expect(told).toEqual([]);
  });

  it('without anything waiting for it: a channel that never answers keeps no healing from its end (I36)', async () => {
    const restart = { name: 'restart', type: 'restart', requiresApproval: true };
    const scale = { name: 'more', type: 'scale', scaleAction: { direction: 'up', replicas: 1 }, priority: 10 };
    const { world, told, start } = play(
      { actions: [restart, scale], safetyRules: { healthCheckTimeout: '1m', approvalTimeout: '2m' } },
      { answer: () => new Promise(() => undefined) },
    );
    start();
    const both = () => ['Cancelled', 'Failed'].every((phase) => world.phases().includes(phase));
    expect(await world.until(both, 3_600_000)).toBe(true);
    expect(told).toHaveLength(1);
  });
});
