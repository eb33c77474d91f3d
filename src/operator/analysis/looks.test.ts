import { describe, expect, it } from 'vitest';
import { ended, look, pod, unready, workload } from '../../../test/kit/analysis/looks.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { settle } from '../../std/clock.ts';
import { type LookEnd, Looks } from './looks.ts';

const MINUTE = 60_000;
const target = (name = 'web', namespace = 'shop') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace,
  name,
  uid: `${name}-uid`,
});

/** Looks that are answered one by one. */
function looking() {
  let now = 1_000;
  const asked: string[] = [];
  const ends: (LookEnd & { readonly uid: string })[] = [];
  const counted: string[] = [];
  const warned: string[] = [];
  const stop = new AbortController();
  let answer: () => Promise<ReturnType<typeof look>> = async () => look(workload(), { at: now });
  const looks = new Looks({
    clock: { now: () => now },
    look: ({ name }) => {
      asked.push(name);
      return answer();
    },
    logger: { warn: (_fields, message) => void warned.push(message) },
    observer: { analysed: (outcome) => void counted.push(outcome) },
    onLooked: ({ uid }, end) => void ends.push({ uid, ...end }),
    signal: stop.signal,
  });
  return {
    looks,
    asked,
    ends,
    counted,
    warned,
    stop,
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    later: (ms: number) => {
      now += ms;
    },
  };
}

describe('a look', () => {
  it('is made once for who asks twice, and is known when it has ended', async () => {
    const { looks, asked, ends, counted } = looking();
    looks.want(target(), 1_000, 'people');
    looks.want(target(), 1_000, 'people');
    expect(looks.waitingSince('web-uid')).toBe(1_000);
    expect(looks.of('web-uid', 0)).toBeUndefined();
    await settle();
    expect(asked).toEqual(['web']);
    expect(looks.waitingSince('web-uid')).toBeUndefined();
    expect(looks.of('web-uid', 1_000)?.account.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(ends).toMatchObject([{ uid: 'web-uid', news: 'new' }]);
    expect(counted).toEqual(['abstained']);
  });

  it('of the time before an episode is worth nothing to it', async () => {
    const { looks, asked, later } = looking();
    looks.want(target(), 1_000, 'people');
    await settle();
    later(10);
    expect(looks.of('web-uid', 1_005)).toBeUndefined();
    looks.want(target(), 1_005, 'people');
    await settle();
    expect(asked).toHaveLength(2);
    expect(looks.of('web-uid', 1_005)).toBeDefined();
  });

  it('is repeated after two minutes, and more and more rarely while it says the same', async () => {
    const { looks, asked, later, ends } = looking();
    looks.want(target(), 1_000, 'people');
    await settle();
    const seconds: number[] = [];
    for (let second = 0; second < 3_600; second++) {
      later(1_000);
      const before = asked.length;
      looks.want(target(), 1_000, 'people');
      if (asked.length > before) seconds.push(second + 1);
      await settle();
    }
    expect(seconds).toEqual([120, 360, 840, 1800]);
    expect(ends.map(({ news }) => news)).toEqual(['new', 'old', 'old', 'old', 'old']);
  });

  it('that fails is counted and said, and nothing is known; it is made again later', async () => {
    const { looks, asked, counted, warned, answerWith, later, ends } = looking();
    answerWith(() => Promise.reject(new Error('a shape that no rule thought of')));
    looks.want(target(), 1_000, 'people');
    await settle();
    expect([counted, warned]).toEqual([['failed'], ['a target could not be analysed']]);
    expect(looks.of('web-uid', 0)).toBeUndefined();
    expect(ends).toEqual([{ uid: 'web-uid', news: 'old' }]);
    looks.want(target(), 1_000, 'people');
    expect(asked).toHaveLength(1);
    later(4 * MINUTE);
    looks.want(target(), 1_000, 'people');
    expect(asked).toHaveLength(2);
  });

  it('of what breaks in a crowd waits: two at once, and a bounded line', async () => {
    const { looks, asked, answerWith } = looking();
    const open: (() => void)[] = [];
    answerWith(() => new Promise((resolve) => open.push(() => resolve(look(workload(), {})))));
    for (let index = 0; index < 1_000; index++) looks.want(target(`web-${index}`), 1_000, 'people');
    expect(asked).toHaveLength(2);
    open.splice(0).forEach((end) => end());
    await settle();
    expect(asked).toHaveLength(4);
    expect(looks.waitingSince('web-301-uid')).toBe(1_000);
    expect(looks.waitingSince('web-302-uid')).toBeUndefined();
  });

  it('of another namespace comes before the rest of a crowd, and has a place in the line', async () => {
    const { looks, asked, answerWith } = looking();
    const open: (() => void)[] = [];
    answerWith(() => new Promise((resolve) => open.push(() => resolve(look(workload(), {})))));
    for (let index = 0; index < 1_000; index++) looks.want(target(`web-${index}`), 1_000, 'people');
    for (const name of ['mail-0', 'mail-1']) looks.want(target(name, 'mail'), 1_000, 'people');
    open.splice(0).forEach((end) => end());
    await settle();
    open.splice(0).forEach((end) => end());
    await settle();
    expect(asked).toEqual(['web-0', 'web-1', 'web-2', 'mail-0', 'web-3', 'mail-1']);
    // The last ones of the crowd have made room.
    expect(looks.waitingSince('web-299-uid')).toBe(1_000);
    expect(looks.waitingSince('web-300-uid')).toBeUndefined();
  });

  it('is kept of five hundred, also when more ask; those of another namespace get places of the crowd', async () => {
    const { looks, asked, later } = looking();
    const wantAll = async () => {
      for (let index = 0; index < 600; index++) {
        looks.want(target(`web-${index}`), 1_000, 'people');
        await settle();
      }
    };
    await wantAll();
    await wantAll();
    expect(asked).toHaveLength(500);
    const known = () => Array.from({ length: 600 }, (_, n) => looks.of(`web-${n}-uid`, 0) !== undefined);
    expect(known().lastIndexOf(true)).toBe(499);
    looks.want(target('mail', 'mail'), 1_000, 'people');
    await settle();
    expect([looks.of('mail-uid', 0) !== undefined, known().indexOf(true)]).toEqual([true, 1]);
    // The others of the crowd wait until those that were looked at are asked for no more.
    later(4 * MINUTE);
    looks.want(target('web-500'), 1_000, 'people');
    later(2 * MINUTE);
    looks.want(target('web-501'), 1_000, 'people');
    await settle();
    expect([looks.of('web-500-uid', 0), looks.of('web-1-uid', 0)]).toEqual([undefined, undefined]);
    expect(looks.of('web-501-uid', 0)).toBeDefined();
  });

  it('ends with the operator, and says nothing then', async () => {
    const { looks, stop, answerWith, counted, ends } = looking();
    answerWith(() => Promise.reject(new Error('aborted')));
    stop.abort(new Error('the end'));
    looks.want(target(), 1_000, 'people');
    await settle();
    expect([counted, ends]).toEqual([[], []]);
  });

  it('names the cause of what it sees', async () => {
    const { looks, answerWith, counted } = looking();
    answerWith(async () =>
      look(
        [
          ...workload(),
          pod({
            status: unready({
              state: { waiting: { reason: 'CreateContainerConfigError', message: 'configmap "settings" not found' } },
            }),
          }),
        ],
        { at: 1_000 },
      ),
    );
    looks.want(target(), 0, 'people');
    await settle();
    expect(counted).toEqual(['found']);
    expect(looks.of('web-uid', 0)?.account.cause).toBe('ConfigMapMissing');
  });

  const crashing = [...workload(), pod({ status: ended(1, 'Error') })];
  const misconfigured = [
    ...workload(),
    pod({
      status: unready({
        state: { waiting: { reason: 'CreateContainerConfigError', message: 'configmap "settings" not found' } },
      }),
    }),
  ];
  const inHalves = (n: number) =>
    JSON.parse(JSON.stringify(misconfigured).replaceAll('settings', `settings-${n % 2}`)) as readonly KubeObject[];
  /** The same in another object. */
  const of = (objects: readonly KubeObject[], name: string) =>
    JSON.parse(JSON.stringify(objects).replaceAll('web', name)) as readonly KubeObject[];

  it('of a crowd that waits in the line is made for nobody when the others have told', async () => {
    const { looks, asked, answerWith, later } = looking();
    answerWith(async () => look(of(crashing, asked.at(-1) ?? ''), { at: 1_000 }));
    for (let n = 0; n < 100; n++) looks.want(target(`web-${n}`), 1_000, 'people');
    looks.want(target('web-99'), 1_000, 'decision');
    for (let n = 0; n < 100; n++) await settle();
    expect(asked.slice(29)).toEqual(['web-29', 'web-99']);
    expect(looks.waitingSince('web-50-uid')).toBeUndefined();
    later(5000);
    looks.want(target('web-50'), 1_000, 'people');
    expect(asked.slice(31)).toEqual(['web-50']);
  });

  it.each([
    ['in each alone: the others of the crowd are looked at one in five seconds', crashing, 30],
    ['in one object that they share: each counts', misconfigured, 40],
    ['in two objects that they share by halves: each counts', 'halves', 40],
  ] as const)('that finds the same again and again %s', async (_title, objects, looked) => {
    const { looks, asked, answerWith, later } = looking();
    const shown = () => (objects === 'halves' ? inHalves(asked.length) : objects);
    answerWith(async () => look(of(shown(), asked.at(-1) ?? ''), { at: 1_000 }));
    const want = async (name: string, need: 'people' | 'decision' = 'people', namespace = 'shop') => {
      looks.want(target(name, namespace), 1_000, need);
      await settle();
    };
    for (let n = 0; n < 40; n++) await want(`web-${n}`);
    expect(looks.of('web-7-uid', 0)?.account.cause).toBeDefined();
    expect(asked).toHaveLength(looked);
    if (looked === 40) return;
    later(5000);
    await want('web-30');
    await want('web-31');
    expect(asked.slice(30)).toEqual(['web-30']);
    await want('web-31', 'decision');
    await want('mail', 'people', 'mail');
    expect(asked.slice(31)).toEqual(['web-31', 'mail']);
    // Another cause: it is a crowd no more.
    answerWith(async () => look(of(misconfigured, asked.at(-1) ?? ''), { at: 1_000 }));
    later(5000);
    for (const name of ['web-32', 'web-33', 'web-34']) await want(name);
    expect(asked.slice(33)).toEqual(['web-32', 'web-33', 'web-34']);
  });
});
