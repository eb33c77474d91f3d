import { describe, expect, it } from 'vitest';
import { healingAction, MINUTE, past, SECOND, T0, WEB } from '../../test/kit/core-data.ts';
import type { ActionStatus } from '../api/action-status.ts';
import { parseAction } from '../api/parse-action.ts';
import type { PastAction } from '../core/history.ts';
import { Cache } from '../kube/cache.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { toMicroTime } from '../std/clock.ts';
import { History } from './history.ts';

const KEY = 'shop/web-0123456789';
const { spec, metadata } = healingAction();
const done = (at: number): ActionStatus => ({
  phase: 'Succeeded',
  attempts: 1,
  completionTime: toMicroTime(at),
});

function objectAt(
  version: number,
  status: ActionStatus = {},
  change: { name?: string; target?: string } = {},
): KubeObject {
  const { name = metadata.name, target = WEB.uid } = change;
  return {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { ...metadata, name, uid: `uid-${name}`, resourceVersion: String(version) },
    spec: { ...spec, targetResource: { ...WEB, uid: target } },
    status,
  };
}

function known(...objects: readonly KubeObject[]) {
  const cache = new Cache();
  let parsed = 0;
  const gone: PastAction[] = [];
  const shown = new Set<string>();
  const actions = {
    parse: (object: KubeObject) => {
      parsed++;
      return parseAction(object);
    },
    visible: (key: string) => shown.has(key),
  };
  let forgotten: () => void = () => undefined;
  const history = new History(cache, actions, {
    entries: () => gone,
    subscribe: (handler) => {
      forgotten = handler;
    },
  });
  const remember = (one: PastAction) => {
    gone.push(one);
    forgotten();
  };
  for (const object of objects) cache.event('ADDED', object);
  return { cache, history, remember, shown, parsed: () => parsed };
}

describe('the history of actions', () => {
  it('is what the cache has, as it changes', () => {
    const { cache, history } = known(objectAt(1));
    expect(history.past(KEY)?.phase).toBe('Pending');
    expect(history.unfinished()).toHaveLength(1);
    cache.event('MODIFIED', objectAt(2, done(T0)));
    expect([history.past(KEY)?.phase, history.unfinished(), history.all().length]).toEqual(['Succeeded', [], 1]);
    cache.event('DELETED', objectAt(3));
    expect([history.all(), history.lastEffectOn(WEB.uid)]).toEqual([[], undefined]);
  });

  it('leaves out what cannot be read', () => {
    const { cache, history } = known(objectAt(1));
    cache.event('MODIFIED', { ...objectAt(2), spec: { action: 'nonsense' } });
    expect([history.all(), history.past(KEY)]).toEqual([[], undefined]);
  });

  it('knows when the last action on a target took effect', () => {
    const { history } = known(
      objectAt(1, done(T0 + SECOND), { name: 'a' }),
      objectAt(2, done(T0 + MINUTE), { name: 'b' }),
      objectAt(3, { phase: 'Cancelled', completionTime: toMicroTime(T0 + 2 * MINUTE) }, { name: 'c' }),
      objectAt(4, done(T0 + 3 * MINUTE), { name: 'd', target: 'other' }),
    );
    expect(history.lastEffectOn(WEB.uid)).toBe(T0 + MINUTE);
  });

  it('does not parse again what is read live as the cache has it', () => {
    const { history, parsed } = known(objectAt(1));
    const before = parsed();
    expect(history.read([objectAt(1)])).toEqual([history.past(KEY)]);
    expect(parsed()).toBe(before);
    expect(history.read([objectAt(2, done(T0))])[0]?.phase).toBe('Succeeded');
    expect(parsed()).toBe(before + 1);
  });
});

describe('an action that is gone', () => {
  it('counts as long as the ledger has it, and once while it is still there', () => {
    const { cache, history, remember } = known(objectAt(1, done(T0)));
    const uid = history.past(KEY)?.uid ?? '';
    remember(past({ uid, targetUid: WEB.uid, completedAt: T0 }));
    expect(history.all()).toEqual([history.past(KEY)]);
    cache.event('DELETED', objectAt(3));
    expect(history.all().map((one) => one.uid)).toEqual([uid]);
    expect(history.lastEffectOn(WEB.uid)).toBe(T0);
  });
});

describe('a reservation', () => {
  const reserved = past({ uid: 'reserved/x', phase: 'Pending', targetUid: WEB.uid });

  it('counts from the moment it is made (law 3), and until the cache shows the action', () => {
    const { cache, history } = known();
    history.reserve(KEY, reserved);
    expect([history.all(), history.healing('policy-uid')]).toEqual([[reserved], new Set([WEB.uid])]);
    cache.event('ADDED', objectAt(1));
    expect(history.all().map(({ uid }) => uid)).toEqual([`uid-${metadata.name}`]);
  });

  it('of an action that the cache shows already is none', () => {
    const { history } = known(objectAt(1));
    history.reserve(KEY, reserved);
    expect(history.all()).toHaveLength(1);
  });

  it('ends when the cache has seen the version that was made, and does not have the action', () => {
    const { history, shown } = known();
    const lost: string[] = [];
    history.onLost(({ uid }) => lost.push(uid));
    history.reserve(KEY, reserved);
    shown.add(KEY);
    // Its creation is on its way.
    expect(history.all()).toEqual([reserved]);
    shown.delete(KEY);
    history.made(KEY);
    expect(history.all()).toEqual([reserved]);
    shown.add(KEY);
    expect([history.all(), lost]).toEqual([[], ['reserved/x']]);
  });

  it('is taken back when the action was not created', () => {
    const { history } = known();
    history.reserve(KEY, reserved);
    history.cancel(KEY);
    expect([history.all(), history.healing('policy-uid')]).toEqual([[], new Set()]);
  });
});

describe('the targets of a policy that are being healed', () => {
  it('are those of its real actions in flight', () => {
    const { cache, history } = known(objectAt(1));
    expect(history.healing('policy-uid')).toEqual(new Set([WEB.uid]));
    expect(history.healing('another')).toEqual(new Set());
    cache.event('MODIFIED', objectAt(2, done(T0)));
    expect(history.healing('policy-uid')).toEqual(new Set());
  });
});
