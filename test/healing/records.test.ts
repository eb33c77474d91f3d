/**
 * What a record says of what was done, whatever the API server, a watch or a person does to it. Judged from the API
 * server's own log alone.
 */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { OperatorConfig } from '../../src/operator/ports.ts';
import type { Commit } from '../../src/sandbox/index.ts';
import type { KubeResponse } from '../../src/shapes/transport.ts';
import { always, isWriteTo } from '../kit/fault-scripts.ts';
import { isWatch, refusal, type Script, type Sent } from '../kit/faulty-transport.ts';
import { bytesOf, eagerOperator, fullStatusCluster } from '../kit/full-status.ts';
import { effects, illCluster } from '../kit/ill-cluster.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, FIRST_POD_CRASHES, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const commitsOf = (world: TestCluster, ...kinds: readonly string[]): readonly Commit[] =>
  world.sandbox.commits().filter(({ by, object }) => by?.agent.startsWith('kubeskippy') && kinds.includes(object.kind));

describe('what was carried out of an action whose next request is refused counts as executed (I18, I19, I21)', () => {
  const LATER = {
    triggers: [
      {
        name: 'always',
        type: 'condition',
        cooldownPeriod: '30m',
        conditionTrigger: { type: 'Progressing', status: 'True', duration: '0s' },
      },
    ],
    actions: [{ name: 'restart', type: 'restart' }],
    safetyRules: { maxUnhealthy: '100%' },
  };
  const evicts = (maxConcurrent: number) => ({ strategy: 'graceful', maxConcurrent });
  const isEviction = ({ path }: Sent): boolean => path.endsWith('/eviction');
  const isScale = (sent: Sent): boolean => isWriteTo(DEPLOYMENTS, { namespace: 'default', name: 'web' })(sent);
  /** All that fit, but for the first. */
  const fromTheSecondOn = (fits: (sent: Sent) => boolean): Script => {
    let seen = 0;
    return (sent) =>
      fits(sent) && ++seen > 1 ? { kind: 'answer', when: 'before', response: refusal(403) } : undefined;
  };

  it.each([
    ['the second eviction of one stage', CRASHES, evicts(2), isEviction],
    ['the eviction of the second stage', FIRST_POD_CRASHES, evicts(1), isEviction],
    ['the way back from 0 replicas', CRASHES, { strategy: 'recreate' }, isScale],
  ] as const)(
    '%s',
    async (_title, script, restartAction, fits) => {
      const world = new TestCluster();
      const web = deployment('web', script);
      world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: 2 } });
      const actions = [{ name: 'restart', type: 'restart', restartAction }];
      world.cluster.create(POLICIES, policy({ actions, safetyRules: { maxUnhealthy: '100%' } }));
      const operator = world.operator({ faults: [fromTheSecondOn(fits)] });
      const changes = () => commitsOf(world, 'Deployment', 'Pod');
      expect(await world.until(() => changes().length > 0)).toBe(true);
      const ended = () =>
        commitsOf(world, 'HealingAction')
          .map(({ object }) => object['status'] as ActionStatus | undefined)
          .find((status) => status?.phase === 'Failed');
      expect(await world.until(() => ended() !== undefined, 60 * MINUTE)).toBe(true);
      expect(ended()?.conditions).toMatchObject([{ type: 'Executed', status: 'True' }]);
      // What only took the action back is over by now, and another policy has its turn, without any refusal.
      operator.kill();
      world.operator();
      const before = changes().length;
      const [end] = [world.clock.now()];
      world.cluster.remove(POLICIES, { namespace: 'default', name: 'crash-loops' });
      const other = policy(LATER);
      world.cluster.create(POLICIES, { ...other, metadata: { ...other.metadata, name: 'later' } });
      expect(await world.until(() => changes().length > before, 120 * MINUTE)).toBe(true);
      expect(world.clock.now() - end).toBeGreaterThan(25 * MINUTE);
    },
    120_000,
  );
});

describe('an action that is made and deleted in a hole of the watch leaves its place to others (I34)', () => {
  const isList = ({ path }: Sent): boolean => path.endsWith('/healingactions');

  it.each<[string, number, Partial<OperatorConfig>]>([
    ['of the only one', 1, { maxConcurrent: 1 }],
    ['of all there are', 2, { maxConcurrent: 2 }],
    [
      'of those of a namespace',
      1,
      { namespaceLimits: { policies: 100, sharePercent: 100, unfinishedActions: 1, notificationsPerHour: 150 } },
    ],
  ])('%s', async (_title, lost, config) => {
    const world = illCluster(3);
    let left = lost;
    const away = () => {
      if (left === 0) return;
      left--;
      for (const { metadata } of world.actions()) {
        const key = { namespace: 'default', name: metadata.name };
        world.cluster.modify(ACTIONS, key, (one) => ({ ...one, metadata: { ...one.metadata, finalizers: [] } }));
        world.cluster.remove(ACTIONS, key);
      }
    };
    world.operator({
      config,
      faults: [
        (sent) => (isList(sent) && sent.write > 0 ? { kind: 'act', when: 'after', act: away } : undefined),
        // Each watch is told with its first event that its version is gone, until all are deleted.
        (sent) => (isList(sent) && isWatch(sent) && left > 0 ? { kind: 'watch', after: 0, turns: 'gone' } : undefined),
      ],
    });
    expect(await world.until(() => left === 0)).toBe(true);
    expect(await world.until(() => effects(world) >= 3, 20 * MINUTE)).toBe(true);
  });
});

describe('a status for which the server has no room is told, and a shorter one says as much as it can (I34)', () => {
  const TARGETS = 40;
  const MOST = 40_000;
  const answers = (code: number, message: string): KubeResponse => ({
    ...refusal(code),
    body: { form: 'object', value: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message } },
  });

  it.each([
    ['by the length of the request', refusal(413)],
    ['as invalid', answers(422, 'HealingPolicy is invalid: status: Too long: may not be more than 40000 bytes')],
    ['by its storage', answers(500, 'etcdserver: request is too large')],
  ])(
    'refused %s',
    async (_title, response) => {
      const world = fullStatusCluster(TARGETS);
      const isTooLong = (sent: Sent): boolean =>
        sent.path.endsWith('/crash-loops/status') && String(sent.request.body).length > MOST;
      const { refused } = eagerOperator(world, [always(isTooLong, { kind: 'answer', when: 'before', response })]);
      await world.clock.advance(5 * MINUTE);
      expect(refused.count).toBeGreaterThan(0);
      const statuses = commitsOf(world, 'HealingPolicy').map(({ object }) => object['status'] ?? {});
      expect(Math.max(...statuses.map(bytesOf))).toBeLessThanOrEqual(MOST);
      expect(statuses.at(-1)).toMatchObject({ firing: TARGETS });
      expect(commitsOf(world, 'Event').map(({ object }) => object['reason'])).toContain('StatusRefused');
      const healed = commitsOf(world, 'HealingAction').map(({ object }) => object.metadata.uid);
      expect(new Set(healed).size).toBe(TARGETS);
    },
    120_000,
  );
});
