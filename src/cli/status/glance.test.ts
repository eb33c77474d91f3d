import { describe, expect, it } from 'vitest';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { glanceAt, type OperatorSeen } from './glance.ts';
import { glanceText } from './glance-text.ts';

const NOW = T0 + 10 * MINUTE;
const lease = (spec: object): OperatorSeen['lease'] => ({
  kind: 'found',
  object: {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'kubeskippy-leader', namespace: 'kubeskippy-system' },
    spec,
  },
});
const LEADS: OperatorSeen = {
  lease: lease({ holderIdentity: 'pod-1', renewTime: toTimestamp(NOW - 3000), leaseDurationSeconds: 15 }),
};
const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const ready = (status: 'True' | 'False', reason: string, message: string) => ({
  conditions: [{ type: 'Ready', status, reason, message, lastTransitionTime: toTimestamp(T0) }],
});
const policy = (name: string, status: object, spec: object = {}): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name, namespace: 'shop' },
  spec: {
    mode: 'automatic',
    selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
    triggers: [{ name: 'looping', type: 'event', eventTrigger: { reason: 'BackOff' } }],
    actions: [{ name: 'restart', type: 'restart' }],
    ...spec,
  },
  status,
});
const episode = (change: object) => ({
  target,
  startedAt: toTimestamp(T0),
  state: 'Firing',
  step: 0,
  triggers: [],
  ...change,
});

describe('the glance', () => {
  it('says who heals, what is unwell and why nothing is done, and what waits for a person', () => {
    const policies = [
      policy('crash-loops', {
        ...ready('True', 'Ready', 'it is evaluated'),
        targets: { matched: 12, unhealthy: 2, unknown: 1 },
        blocked: [{ target, reason: 'RateLimited', message: '3 of 3 actions in the last hour' }],
        episodes: [
          episode({}),
          episode({ target: { ...target, name: 'api' }, state: 'Exhausted', startedAt: toTimestamp(T0 - MINUTE) }),
          episode({ target: { ...target, name: 'well' }, state: 'Resolved' }),
        ],
      }),
      policy('queries', ready('False', 'InvalidQuery', 'triggers[0]: it does not parse'), { suspend: true }),
      policy('new', {}, { mode: 'monitor' }),
    ];
    const asked = { required: true, approved: false, expiresAt: toTimestamp(NOW + 20 * MINUTE) };
    const actions = [
      healingAction({ phase: 'Pending', approval: asked }),
      healingAction({ phase: 'InProgress' }),
      healingAction({ phase: 'Succeeded', completionTime: toTimestamp(T0) }),
      healingAction({ phase: 'Failed', completionTime: toTimestamp(NOW - 25 * 60 * MINUTE) }),
    ];
    const glance = glanceAt({ operator: LEADS, policies, actions }, NOW);
    expect(glanceText(glance, 160)).toBe(glanceText(glance));
    expect(glanceText(glance, 80)).toMatchSnapshot();
    expect(
      glanceText(glance, 80)
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([]);
    expect(glanceText(glance)).toBe(`operator  pod-1 leads, and renewed its Lease 3 s ago
policies  3 (1 ready, 1 suspended, 2 automatic, 1 monitor)
targets   12 selected, 2 unwell, 1 without data
actions   1 in progress, 1 waiting for approval; in 24 h 1 succeeded, 0 failed, 0 cancelled

not ready
POLICY        REASON        MESSAGE
shop/queries  InvalidQuery  triggers[0]: it does not parse
shop/new      -             no operator has looked at it yet

unwell
POLICY            TARGET               SINCE  WHAT IS DONE
shop/crash-loops  Deployment shop/api  11m    every step was tried; a person has to look
shop/crash-loops  Deployment shop/web  10m    RateLimited: 3 of 3 actions in the last hour

waiting for approval
ACTION               WOULD                        UNTIL                 DECIDE WITH
shop/web-0123456789  restart Deployment shop/web  2026-01-01T00:30:00Z  kubeskippy approve web-0123456789 -n shop
`);
  });

  it('says which policies have no answer to their metrics, and why', () => {
    const down = {
      type: 'MetricsAvailable',
      status: 'False',
      reason: 'SourceDown',
      message: 'trigger errors: http://prometheus:9090 did not answer: connection refused',
      lastTransitionTime: toTimestamp(T0),
    };
    const { conditions } = ready('True', 'Ready', 'it is evaluated');
    const policies = [
      policy('errors', { conditions: [...conditions, down] }),
      policy('asleep', { conditions: [...conditions, down] }, { suspend: true }),
      policy('well', { conditions: [...conditions, { ...down, status: 'True', reason: 'Available' }] }),
    ];
    const glance = glanceAt({ operator: LEADS, policies, actions: [] }, NOW);
    expect(glanceText(glance)).toContain(`without metrics
POLICY       REASON      MESSAGE
shop/errors  SourceDown  trigger errors: http://prometheus:9090 did not answer: connection refused
`);
  });

  it('says once of each channel that people are not told', () => {
    const untold = (channel: string) => ({
      conditions: [
        {
          type: 'PeopleTold',
          status: 'False',
          reason: 'ChannelFailing',
          message: channel,
          lastTransitionTime: toTimestamp(T0),
        },
      ],
    });
    const policies = ['a', 'b', 'a'].map((channel, index) => policy(`p${index}`, untold(`channel ${channel} fails`)));
    const glance = glanceAt({ operator: LEADS, policies, actions: [] }, NOW);
    expect(glance.untold).toEqual(['channel a fails', 'channel b fails']);
    expect(glanceText(glance)).toContain('untold    channel a fails\nuntold    channel b fails\n');
  });

  it('says which nodes an action has cordoned and nobody has uncordoned', () => {
    const nodes = ['action-uid', 'gone-uid'].map((uid, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${index + 1}`, annotations: { 'kubeskippy.io/attempt': `${uid}/1` } },
      spec: { unschedulable: true },
    }));
    const actions = [healingAction({ phase: 'Succeeded', completionTime: toTimestamp(T0) })];
    expect(
      glanceText(glanceAt({ operator: LEADS, policies: [], actions, nodes }, NOW)),
    ).toContain(`cordoned by an action, and still
NODE    ACTION               END IT WITH
node-1  shop/web-0123456789  kubectl uncordon node-1
node-2  -                    kubectl uncordon node-2
`);
  });

  it('says what is done about a target while its action is on its way', () => {
    const policies = [policy('p', { episodes: [episode({})] })];
    const at = (status: Parameters<typeof healingAction>[0]) =>
      glanceAt({ operator: LEADS, policies, actions: [healingAction(status)] }, NOW).unwell[0]?.doing;
    expect(at({ phase: 'InProgress' })).toBe('restart web-0123456789 is InProgress');
    expect(at({ phase: 'Failed', completionTime: toTimestamp(T0) })).toBe('an action is about to be proposed');
  });

  it.each<[string, OperatorSeen, string, string]>([
    ['none was ever there', { lease: { kind: 'absent' } }, 'Absent', 'without leader election none shows'],
    [
      'the Lease may not be read',
      { lease: { kind: 'unreadable', why: 'forbidden' } },
      'Unknown',
      'cannot be read: forbidden',
    ],
    ['it gave the Lease back', { lease: lease({ holderIdentity: '' }) }, 'Silent', 'nothing is healed'],
    [
      'it was not heard of for longer than the Lease lasts',
      { lease: lease({ holderIdentity: 'pod-1', renewTime: toTimestamp(NOW - 16_000), leaseDurationSeconds: 15 }) },
      'Silent',
      'pod-1 renewed its Lease 16 s ago',
    ],
  ])('says of the operator that %s', (_title, operator, state, message) => {
    const glance = glanceAt({ operator: { ...operator, paused: 'all is paused' }, policies: [], actions: [] }, NOW);
    expect(glance.operator.state).toBe(state);
    expect(glanceText(glance)).toContain(message);
    expect(glanceText(glance)).toContain('paused    all is paused\n');
  });

  it('says of several shards who works on how many, or which of them has no process', () => {
    const by = (holderIdentity: string, ageMs = 3000) =>
      lease({ holderIdentity, renewTime: toTimestamp(NOW - ageMs), leaseDurationSeconds: 15 });
    const at = (...leases: readonly OperatorSeen['lease'][]) => {
      const [first = { kind: 'absent' as const }, ...others] = leases;
      return glanceAt({ operator: { lease: first, others }, policies: [], actions: [] }, NOW).operator;
    };
    expect(at(by('a'), by('b'), by('a'))).toEqual({ state: 'Leading', message: '3 shards: a 2, b 1' });
    expect(at(by('a'), by('b'), by('a', 20_000))).toEqual({
      state: 'Silent',
      message:
        'shard 2 of 3, for the namespaces that fall to it: a renewed its Lease 20 s ago, and no other has taken it; nothing is healed',
    });
    expect(at(by('a'), { kind: 'absent' }).state).toBe('Absent');
  });

  it('shows twenty rows of a list, and JSON has them all', () => {
    const policies = Array.from({ length: 23 }, (_, index) => policy(`p-${index}`, {}));
    const glance = glanceAt({ operator: LEADS, policies, actions: [] }, NOW);
    expect(glance.policies.problems).toHaveLength(23);
    expect(glanceText(glance)).toContain('... and 3 more; -o json has them all\n');
  });
});
