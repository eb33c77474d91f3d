import { describe, expect, it } from 'vitest';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { DEPLOYMENTS, POLICIES } from '../../../test/kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { createSandbox } from '../../sandbox/index.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp, VirtualClock } from '../../std/clock.ts';
import { glanceAt } from '../status/glance.ts';
import { EMPTY, type Look, newsBetween } from './news.ts';
import { screenRows } from './screen.ts';

const file = testFolder();
const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u' };
const made = (status: object): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'p', namespace: 'shop', uid: 'p' },
  status,
});
const ready = (status: 'True' | 'False', reason: string) => ({
  conditions: [{ type: 'Ready', status, reason, message: 'words', lastTransitionTime: toTimestamp(T0) }],
});
const episode = (state: string) => ({
  target,
  startedAt: toTimestamp(T0),
  state,
  step: 0,
  triggers: [{ name: 'looping', state: 'Firing', pendingSince: toTimestamp(T0) }],
});
const look = (policies: readonly KubeObject[], actions: readonly KubeObject[] = []): Look => ({
  policies: new Map(policies.map((one) => [one.metadata.uid ?? '', one])),
  actions: new Map(actions.map((one) => [one.metadata.uid ?? '', one])),
});

describe('what has happened between two looks', () => {
  it.each<[string, object, object, readonly string[]]>([
    ['nothing', {}, {}, []],
    ['a trigger fires', {}, { episodes: [episode('Firing')] }, ['policy shop/p: Deployment shop/web fires: looping']],
    ['it is pending', {}, { episodes: [episode('Pending')] }, []],
    ['the same', { episodes: [episode('Firing')] }, { episodes: [episode('Firing')] }, []],
    [
      'it is well again',
      { episodes: [episode('Firing')] },
      { episodes: [episode('Resolved')] },
      ['policy shop/p: Deployment shop/web is well again'],
    ],
    [
      'a gate refuses',
      {},
      { blocked: [{ target, reason: 'RateLimited', message: '3 of 3' }] },
      ['policy shop/p: Deployment shop/web is left alone, RateLimited: 3 of 3'],
    ],
    [
      'its figures change',
      { blocked: [{ target, reason: 'RateLimited', message: '2 of 3' }] },
      { blocked: [{ target, reason: 'RateLimited', message: '3 of 3' }] },
      [],
    ],
    ['it is ready at first', {}, ready('True', 'Ready'), []],
    ['it is ready again', ready('False', 'InvalidQuery'), ready('True', 'Ready'), ['policy shop/p is ready']],
    ['it is not ready', {}, ready('False', 'InvalidQuery'), ['policy shop/p is not ready, InvalidQuery: words']],
  ])('%s', (_title, before, now, said) => {
    expect(newsBetween(look([made(before)]), look([made(now)]))).toEqual(said);
  });

  it('a policy is deleted, and an action goes on', () => {
    const action = (phase: string, reason: string): KubeObject => ({
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { name: 'a', namespace: 'shop', uid: 'a' },
      spec: { action: { name: 'restart', type: 'restart' }, targetResource: target },
      status: { phase, reason, message: 'words' },
    });
    const [before, now] = [look([made({})], [action('Pending', 'New')]), look([], [action('InProgress', 'Executing')])];
    expect(newsBetween(before, now)).toEqual([
      'policy shop/p was deleted',
      'action shop/a (restart Deployment shop/web) is InProgress, Executing: words',
    ]);
    expect(newsBetween(now, now)).toEqual([]);
    expect(newsBetween(EMPTY, now).length).toBe(1);
  });
});

describe('the screen', () => {
  const glance = glanceAt(
    {
      operator: { lease: { kind: 'absent' } },
      policies: [],
      actions: [
        healingAction({
          phase: 'Pending',
          approval: { required: true, approved: false, expiresAt: toTimestamp(T0 + MINUTE) },
        }),
      ],
    },
    T0,
  );
  const news = Array.from({ length: 30 }, (_, index) => ({
    at: `00:00:${String(index).padStart(2, '0')}`,
    text: `policy shop/p: Deployment shop/web-${index} fires: looping, since pods of it have been in CrashLoopBackOff for some time`,
  }));

  it.each([80, 160])('of %i columns has as many rows as there are, and the newest news', (columns) => {
    const rows = screenRows(glance, news, { columns, rows: 24 });
    expect(rows.join('\n')).toMatchSnapshot();
    expect(rows.length).toBe(24);
    expect(rows.filter((row) => row.length > columns)).toEqual([]);
  });

  it('of six rows still fits', () => {
    expect(screenRows(glance, news, { columns: 80, rows: 6 }).length).toBeLessThanOrEqual(6);
  });
});

const QUERY = { operator: '>', threshold: 1 };

describe('kubeskippy watch', () => {
  it('tells a healing line by line, and ends without a word on Ctrl-C', async () => {
    const world = new TestCluster();
    world.operator();
    const bad = policy({ triggers: [{ name: 'q', type: 'metric', metricTrigger: { ...QUERY, query: 'rate(' } }] });
    world.cluster.create(POLICIES, { ...bad, metadata: { ...bad.metadata, name: 'bad' } });
    await world.clock.advance(5000);
    const kubeconfig = await served(world.sandbox, file);
    const stop = new AbortController();
    let running: ReturnType<typeof called> | undefined;
    await new Promise<void>((resolve) => {
      running = called(['watch', '-o', 'json', '--kubeconfig', kubeconfig], {
        signal: stop.signal,
        onText: (text) => {
          if (text.includes('bad is not ready')) resolve();
          if (text.includes(' is Succeeded')) stop.abort(new Error('SIGINT'));
        },
      });
    });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    await world.clock.advance(120_000);
    const { code, out, err } = (await running) ?? { code: -1, out: '', err: '' };
    expect([code, err]).toEqual([0, '']);
    const said = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly text: string }).text);
    expect(said.join('\n')).toMatch(/action default\/\S+ \(restart Deployment default\/web\) is Succeeded, Verified/);
  });

  it('paints a screen on a terminal, and gives the usual one back', async () => {
    const world = new TestCluster();
    const kubeconfig = await served(world.sandbox, file);
    const stop = new AbortController();
    const { code, out } = await called(['watch', '--kubeconfig', kubeconfig], {
      columns: 80,
      signal: stop.signal,
      onText: (text) => {
        if (text.includes('Ctrl-C ends it.')) stop.abort(new Error('SIGINT'));
      },
    });
    expect(code).toBe(0);
    expect(out).toContain('operator  no operator has ever led here');
    expect(out.startsWith('\u001b[?1049h')).toBe(true);
    expect(out.endsWith('\u001b[?1049l')).toBe(true);
  });

  it('says of a cluster without our kinds what to do', async () => {
    const bare = createSandbox({ clock: new VirtualClock(), nodes: 0 });
    const { code, err } = await called(['watch', '--kubeconfig', await served(bare, file)]);
    await bare.close();
    expect(code).toBe(1);
    expect(err).toContain('run kubeskippy install');
  });
});
