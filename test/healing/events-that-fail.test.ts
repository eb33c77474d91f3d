/** Events that cannot be written: what needs a person is told in the status and by notifications all the same. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import { effects, illCluster } from '../kit/ill-cluster.ts';
import { refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { EVENTS } from '../kit/resources.ts';
import type { RunningOperator, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;

const writesEvent = ({ request, path }: Sent): boolean => request.method !== 'GET' && /\/events(?:\/|$)/.test(path);

/** An operator, what it told people, and why it counted Events as dropped. */
function operatorOn(world: TestCluster, faults: readonly Script[]) {
  const told: string[] = [];
  const dropped: string[] = [];
  const operator = world.operator({
    faults,
    config: { notifications: { channels: ['ops'], reasons: ['EpisodeExhausted'] } },
    actions: {
      settings: DEFAULT_ACTION_SETTINGS,
      endpoints: {
        send: async ({ body }) => {
          told.push((JSON.parse(body) as { readonly text: string }).text);
          return { kind: 'answered', status: 200 };
        },
      },
      observer: { ...UNOBSERVED, eventDropped: (why) => void dropped.push(why) },
    },
  });
  return { operator, told, dropped };
}

const eventsOf = (world: TestCluster, reason: string) =>
  world.sandbox.commits().filter(({ object }) => object.kind === 'Event' && object['reason'] === reason);
const linesAbout = ({ logs }: RunningOperator) => logs.filter((line) => line.startsWith('an Event was not written'));
/** The episode has ended, and a person is needed. */
const spent = (world: TestCluster) => () =>
  world.status('crash-loops').blocked?.some(({ reason }) => reason === 'Exhausted') ?? false;
const tries = ({ sent }: RunningOperator) => sent.filter(writesEvent).length;

describe('what needs a person is told in the status and to the channel, and the target is healed on,', () => {
  it('while the API server is away for Events for ten minutes; they are written once it is back', async () => {
    const world = illCluster(1);
    const until = world.clock.now() + 10 * MINUTE;
    const away: Script = (sent) =>
      writesEvent(sent) && world.clock.now() < until ? { kind: 'reset', when: 'before' } : undefined;
    const { operator, told, dropped } = operatorOn(world, [away]);
    expect(await world.until(spent(world), 5 * MINUTE)).toBe(true);
    expect([effects(world), told.length, eventsOf(world, 'EpisodeExhausted').length]).toEqual([1, 1, 0]);
    await world.clock.advance(15 * MINUTE);
    // The first that waits is tried again, not all of them: some ten tries, since each takes twice as long as the last.
    expect(tries(operator)).toBeLessThan(40);
    // On the target and on the policy.
    expect(eventsOf(world, 'EpisodeExhausted')).toHaveLength(2);
    expect([dropped, linesAbout(operator)]).toEqual([[], []]);
  });

  it('while the API server refuses Events for good: each is counted, and the log names the object', async () => {
    const world = illCluster(1);
    const refused: Script = (sent) =>
      writesEvent(sent) ? { kind: 'answer', when: 'before', response: refusal(403) } : undefined;
    const { operator, told, dropped } = operatorOn(world, [refused]);
    expect(await world.until(spent(world), 5 * MINUTE)).toBe(true);
    await world.clock.advance(10 * MINUTE);
    expect([effects(world), told.length, world.cluster.list(EVENTS)]).toEqual([1, 1, []]);
    expect(dropped.length).toBe(tries(operator));
    expect(new Set(dropped)).toEqual(new Set(['WriteFailed']));
    expect(linesAbout(operator)[0]).toMatch(/web-0|crash-loops/);
    expect(linesAbout(operator).length).toBeLessThan(5);
  });

  it('while the API server is away for longer than Events are news', async () => {
    const world = illCluster(1);
    const busy: Script = (sent) =>
      writesEvent(sent) ? { kind: 'answer', when: 'before', response: refusal(503) } : undefined;
    const { operator, told, dropped } = operatorOn(world, [busy]);
    expect(await world.until(spent(world), 5 * MINUTE)).toBe(true);
    await world.clock.advance(90 * MINUTE);
    expect([effects(world), told.length]).toEqual([1, 1]);
    // An hour of tries, at most once a minute after the first ones, and those of the other Events that waited behind.
    expect(tries(operator)).toBeLessThan(120);
    expect(dropped.length).toBeGreaterThan(0);
    expect(new Set(dropped)).toEqual(new Set(['WriteFailed']));
  });
});

describe('one object about which there is too much to say', () => {
  it('takes no Event of another one, and its status still says what is the matter (Spam)', async () => {
    const world = illCluster(40, { mode: 'monitor' });
    const { dropped } = operatorOn(world, []);
    expect(await world.until(() => world.status('crash-loops').firing === 40, MINUTE)).toBe(true);
    await world.clock.advance(MINUTE);
    const about = eventsOf(world, 'TriggerFiring').map(({ object }) => object['involvedObject'] as { name: string });
    const targets = new Set(about.map(({ name }) => name).filter((name) => name.startsWith('web-')));
    expect([targets.size, new Set(dropped)]).toEqual([40, new Set(['Spam'])]);
    expect(world.status('crash-loops').triggers?.[0]?.firing).toHaveLength(40);
  });
});
