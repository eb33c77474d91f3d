import { describe, expect, it } from 'vitest';
import { failures, HOUR, MINUTE, past, policyOf, running, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import type { PolicyStatus } from '../../api/policy-status.ts';
import { ActionIndex } from '../../core/action-index.ts';
import type { PastAction } from '../../core/history.ts';
import { type Decision, HEALTHY } from '../../core/target/evaluate-target.ts';
import { unknownKind } from '../../core/target/policy-problems.ts';
import { heldBy } from '../../core/target/policy-status.ts';
import { bytesIn, MAX_STATUS_BYTES } from '../../core/target/status-room.ts';
import { KubeError } from '../../kube/errors.ts';
import { toMicroTime, toTimestamp } from '../../std/clock.ts';
import { PolicyBook } from './policy-book.ts';
import { gatherPolicy, type PolicySeen, policyLap } from './policy-lap.ts';

const KEY = 'shop/p';
const QUIET: PolicySeen = {
  metrics: [],
  actionsTaken: 0,
  lastActionTime: undefined,
  stop: undefined,
  unused: undefined,
  held: undefined,
  circuit: undefined,
  untold: undefined,
  commonCause: undefined,
  looked: 'all',
};
const POD = { apiVersion: 'v1', kind: 'Pod' };

/** One policy; tests change the scene and play laps. */
function playing() {
  const book = new PolicyBook();
  const object = {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'policy-uid', generation: 1, resourceVersion: '1' },
  };
  const { entry } = book.put(KEY, { object, policy: policyOf(), problems: [], believed: () => ({ status: {} }) });
  const scene = { visible: true, unknown: [] as readonly (typeof POD)[], refused: undefined as number | undefined };
  const written: { readonly version: string | undefined; readonly status: PolicyStatus }[] = [];
  const woken: string[] = [];
  const watched: (number | undefined)[] = [];
  const told: string[] = [];
  const lap = (at: number, seen: PolicySeen = QUIET, key = KEY) =>
    policyLap(
      {
        clock: { now: () => T0 + at },
        book,
        watchKinds: async (_key, policy) => {
          watched.push(policy?.generation);
          return scene.unknown.map(unknownKind);
        },
        gather: () => seen,
        policies: {
          visible: () => scene.visible,
          writeStatus: async (of, status) => {
            const { refused: code } = scene;
            if (code !== undefined) throw new KubeError('refused', { code: 'Refused', delivered: 'no', status: code });
            const { resourceVersion } = of.metadata;
            written.push({ version: resourceVersion, status });
            return { ...of, metadata: { ...of.metadata, resourceVersion: String(Number(resourceVersion) + 1) } };
          },
        },
        voice: {
          announce: (_about, { reason }) => void told.push(reason),
          logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
          observer: { statusRefused: () => void told.push('counted') },
        },
        wakes: { targetQueue: { add: (id) => void woken.push(id) } },
      },
      key,
    );
  const see = (id: string, stage: 'pending' | 'firing', decision: Decision = { kind: 'nothing' }) => {
    const triggers = { looping: { state: stage, since: T0, detail: '' } };
    const state = { ...HEALTHY, triggers, startedAt: T0 };
    entry.set(id, { ref: { ...WEB, uid: id }, state, standing: 'unhealthy', decision });
  };
  const propose: Decision = {
    kind: 'propose',
    action: policyOf().actions[0] as never,
    step: 0,
    episodeStart: T0,
    triggers: ['looping'],
    evidence: [],
  };
  return { entry, scene, lap, written, woken, watched, told, see, propose };
}

describe('the lap of a policy', () => {
  it('writes what is new, once, on the version that it knows', async () => {
    const { lap, written } = playing();
    expect(await lap(0)).toEqual({});
    expect(await lap(MINUTE)).toEqual({});
    expect(written).toMatchObject([{ version: '1', status: { lastEvaluated: toMicroTime(T0), firing: 0 } }]);
    await lap(2 * MINUTE, { ...QUIET, actionsTaken: 1 });
    expect(written.slice(1)).toMatchObject([{ version: '2', status: { actionsTaken: 1 } }]);
  });

  it('comes again for the heartbeat of what is pending, which is written for itself', async () => {
    const { lap, see, written } = playing();
    see('a', 'pending');
    expect(await lap(0)).toEqual({ wakeAt: T0 + MINUTE });
    expect(await lap(SECOND)).toEqual({ wakeAt: T0 + MINUTE });
    expect(await lap(MINUTE)).toEqual({ wakeAt: T0 + 2 * MINUTE });
    expect(written.map(({ status }) => status.lastEvaluated)).toEqual([toMicroTime(T0), toMicroTime(T0 + MINUTE)]);
  });

  it('watches the kinds of another spec at once, though its status has to wait, and asks for no others meanwhile', async () => {
    const { entry, lap, see, watched, written } = playing();
    for (let n = 0; n < 100; n++) see(`target-${n}`, 'firing');
    for (const at of [0, 1, 2]) await lap(at);
    expect(watched).toEqual([1]);
    entry.policy = { ...policyOf(), generation: 2 };
    for (const at of [3, 4]) await lap(at);
    expect([watched, written.length]).toEqual([[1, 2], 1]);
  });

  it('wakes what was proposed once its episode stands in the status (law 4)', async () => {
    const { lap, see, propose, woken } = playing();
    see('a', 'firing', propose);
    see('b', 'firing');
    await lap(0);
    expect(woken).toEqual(['a']);
    await lap(SECOND);
    expect(woken).toEqual(['a']);
  });

  it('writes nothing before it has looked at every target: the episodes of the others would be lost', async () => {
    const { lap, see, written } = playing();
    see('a', 'firing');
    expect(await lap(0, { ...QUIET, looked: 'some' })).toEqual({});
    expect(written).toEqual([]);
  });

  it('writes a long status less often, and a short one at once', async () => {
    const { lap, see, written } = playing();
    for (let n = 0; n < 100; n++) see(`t-${n}`, 'firing');
    await lap(0);
    see('another', 'firing');
    expect(await lap(100)).toEqual({ wakeAt: T0 + 404 });
    expect(written).toHaveLength(1);
    await lap(404);
    expect(written).toHaveLength(2);
    // The clock was set back.
    see('a third', 'firing');
    await lap(-HOUR);
    expect(written).toHaveLength(3);
  });

  it('keeps its pause while more wait for a place than the status has, whatever they wait for', async () => {
    const { lap, see, propose } = playing();
    for (let n = 0; n < 257; n++) see(`t-${n}`, 'firing', propose);
    await lap(0);
    see('another', 'firing', propose);
    expect(await lap(100)).toEqual({ wakeAt: T0 + 258 * 4 });
  });

  it('writes a long status sooner for an action that waits for it, and not again for the same', async () => {
    const { lap, see, propose, written } = playing();
    for (let n = 0; n < 100; n++) see(`t-${n}`, 'firing');
    await lap(0);
    see('t-7', 'firing', propose);
    expect(await lap(10)).toEqual({ wakeAt: T0 + 400 });
    see('another', 'firing', propose);
    expect(await lap(10)).toEqual({ wakeAt: T0 + 25.25 });
    await lap(26);
    expect(written).toHaveLength(2);
    see('a third', 'firing');
    expect(await lap(200)).toEqual({ wakeAt: T0 + 434 });
  });

  it.each<[string, number, number]>([
    ['for its length is tried with half', 413, MAX_STATUS_BYTES / 2],
    ['for something else is tried as it is', 403, MAX_STATUS_BYTES],
  ])('that is refused %s, told once and counted each time', async (_title, code, bytes) => {
    const { entry, lap, scene, told } = playing();
    scene.refused = code;
    await expect(lap(0)).rejects.toThrow('refused');
    expect(bytesIn(entry.room, T0)).toBe(bytes);
    await expect(lap(SECOND)).rejects.toThrow('refused');
    expect(told).toEqual(['counted', 'StatusRefused', 'counted']);
    scene.refused = undefined;
    await lap(2 * SECOND);
    expect(entry.refusal).toBeUndefined();
  });

  it('that finds no policy is left to the watch, and fails when the watch does not tell', async () => {
    const { lap, scene, told } = playing();
    scene.refused = 404;
    expect(await lap(0)).toEqual({ wakeAt: T0 + 10 * SECOND });
    await expect(lap(10 * SECOND)).rejects.toThrow('refused');
    expect(told).toEqual([]);
  });

  it.each([409, 429, 503])('that meets %d is written again, and nobody is told', async (code) => {
    const { lap, scene, told } = playing();
    scene.refused = code;
    await expect(lap(0)).rejects.toThrow('refused');
    expect(told).toEqual([]);
  });

  it('waits while its own last write is not visible (I11)', async () => {
    const { lap, scene, written } = playing();
    scene.visible = false;
    expect(await lap(0)).toEqual({ wakeAt: T0 + 50 });
    expect(written).toEqual([]);
  });

  it('says which kinds the server does not serve, and asks again in a minute', async () => {
    const { lap, scene, written } = playing();
    scene.unknown = [POD];
    expect(await lap(0)).toEqual({ wakeAt: T0 + MINUTE });
    scene.unknown = [];
    expect(await lap(MINUTE)).toEqual({});
    expect(written.map(({ status }) => status.conditions?.[0])).toMatchObject([
      {
        type: 'Ready',
        status: 'False',
        reason: 'UnknownKind',
        message: 'spec.selector.resources[v1/Pod]: the server does not serve kind Pod of v1',
      },
      { type: 'Ready', status: 'True' },
    ]);
  });

  it('shows the stop of a mass failure, and its end though all targets are well by then', async () => {
    const { entry, lap, written } = playing();
    const stop = { since: toTimestamp(T0), until: toTimestamp(T0 + 5 * MINUTE), message: '3 of 4' };
    expect(await lap(0, { ...QUIET, stop })).toEqual({ wakeAt: T0 + 5 * MINUTE });
    expect(written[0]?.status).toMatchObject({
      massFailure: stop,
      conditions: [{}, { type: 'RemediationAllowed', status: 'False', reason: 'MassFailure', message: '3 of 4' }],
    });
    expect(await lap(5 * MINUTE)).toEqual({});
    expect([entry.massFailure, written[1]?.status.massFailure]).toEqual([undefined, undefined]);
    expect(written).toHaveLength(2);
  });

  it.each([
    ['Suspended', heldBy('moving to another zone', 'cannot write'), 'moving to another zone'],
    [
      'AuditUnwritable',
      heldBy(undefined, 'cannot write the audit trail /a: ENOSPC'),
      'cannot write the audit trail /a: ENOSPC; nothing acts until it can be written again',
    ],
  ])('says that everything is held back: %s', async (reason, held, message) => {
    const { lap, written } = playing();
    const { wakeAt } = (await lap(0, { ...QUIET, held })) as { wakeAt?: number };
    expect(written[0]?.status.conditions?.[1]).toMatchObject({ status: 'False', reason, message });
    expect(wakeAt).toBe(reason === 'AuditUnwritable' ? T0 + 5 * SECOND : undefined);
    await lap(SECOND);
    expect(written[1]?.status.conditions?.[1]).toMatchObject({ status: 'True', reason: 'Allowed' });
  });

  it('tells once of a status that others have written, and shows it for a day', async () => {
    const { entry, lap, told, written } = playing();
    [entry.status, entry.doubt] = [{}, 'its status has no seal'];
    await lap(0);
    expect([told, entry.doubt]).toEqual([['StatusTampered'], undefined]);
    for (const later of [HOUR, 23 * HOUR, 25 * HOUR]) await lap(later);
    expect(told).toHaveLength(1);
    const shown = written.map(({ status }) => status.conditions?.some(({ type }) => type === 'StatusTrusted'));
    expect(shown).toEqual([true, false]);
  });

  it('does nothing for a policy that nobody knows', async () => {
    const { lap, written } = playing();
    expect(await lap(0, QUIET, 'shop/other')).toEqual({});
    expect(written).toEqual([]);
  });
});

describe('the actions of a policy', () => {
  const seen = (actions: readonly PastAction[], at: number) => {
    const index = new ActionIndex();
    for (const action of actions) index.put(action);
    const taken = (uid: string, since: number) => {
      const { count, newest } = index.taken(uid, since);
      return { count, lastAt: newest?.createdAt };
    };
    const history = { taken, healing: () => new Set<string>(), outcomesOf: index.outcomesOf.bind(index) };
    const { entry } = playing();
    const world = {
      paused: () => undefined,
      isReading: () => false,
      isComplete: () => true,
      ofKind: () => [],
      events: { isReading: false },
    };
    const scope = { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' };
    const shared = { in: () => undefined, keptFor: () => undefined };
    const records = { history, world, scope, metricsOf: () => [], shared };
    return gatherPolicy(records, { trail: { failure: () => undefined }, untold: () => undefined })(entry, T0 + at);
  };
  it.each<[string, readonly PastAction[], number, Pick<PolicySeen, 'actionsTaken' | 'lastActionTime'>]>([
    ['count when they were executed', [past()], HOUR, { actionsTaken: 1, lastActionTime: T0 }],
    ['count while they run', [running({ executed: false })], HOUR, { actionsTaken: 1, lastActionTime: T0 }],
    [
      'do not count when they ended without effect',
      [past({ executed: false })],
      HOUR,
      { actionsTaken: 0, lastActionTime: undefined },
    ],
    [
      "do not count when they are another policy's",
      [past({ policyUid: 'x' })],
      HOUR,
      { actionsTaken: 0, lastActionTime: undefined },
    ],
    ['count for a day, and the last stays', [past()], 24 * HOUR, { actionsTaken: 0, lastActionTime: T0 }],
  ])('%s', (_title, actions, at, expected) => {
    expect(seen(actions, at)).toEqual({ metrics: [], stop: undefined, held: undefined, looked: 'all', ...expected });
  });

  it.each<[string, readonly PastAction[], PolicySeen['circuit']]>([
    [
      'that failed five times in a row hold it back for five minutes',
      failures(T0),
      { message: 'policy shop/p: 5 actions failed in a row', until: T0 - 1 + 5 * MINUTE },
    ],
    ['do not when one may try again', failures(T0 - 5 * MINUTE), undefined],
    ['do not when four failed', failures(T0).slice(1), undefined],
  ])('%s', (_title, actions, circuit) => {
    expect(seen(actions, 0).circuit).toEqual(circuit);
  });
});
