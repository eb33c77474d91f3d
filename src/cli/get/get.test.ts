import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { DEPLOYMENTS, POLICIES } from '../../../test/kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { createSandbox } from '../../sandbox/index.ts';
import { VirtualClock } from '../../std/clock.ts';

const file = testFolder();
let kubeconfig: string;
let empty: string;
beforeAll(async () => {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(POLICIES, policy({ safetyRules: { maxActionsPerHour: 0 } }));
  await world.clock.advance(90_000);
  kubeconfig = await served(world.sandbox, file);
  const bare = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  empty = await served(bare, file);
  return () => bare.close();
});
const get = (args: readonly string[], columns?: number) =>
  called(['get', ...args, '--kubeconfig', kubeconfig], columns === undefined ? {} : { columns });

describe('kubeskippy get', () => {
  it('shows the columns of kubectl, on a terminal of 80 columns', async () => {
    const { code, out, err } = await get(['policies'], 80);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`NAMESPACE  NAME         MODE       READY  TARGETS  FIRING  BLOCKED      ACTIONS
    LAST ACTION  AGE
default    crash-loops  automatic  True   1        1       RateLimited  0
                 90s
`);
  });

  it('has all columns with -o wide, on a terminal of 160 columns', async () => {
    const { out } = await get(['policies', '-n', 'default', '-o', 'wide'], 160);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'MODE', 'READY', 'TARGETS', 'FIRING', 'BLOCKED', 'ACTIONS', 'LAST ACTION', 'AGE', 'MESSAGE'],
      [
        'crash-loops',
        'automatic',
        'True',
        '1',
        '1',
        'RateLimited',
        '0',
        '90s',
        'policy default/crash-loops: 0 of 0 actions in the last hour',
      ],
      [''],
    ]);
  });

  it('gives the same objects as JSON and as YAML, and their names', async () => {
    const [json, yaml, name] = await Promise.all(['json', 'yaml', 'name'].map((form) => get(['policies', '-o', form])));
    const list = JSON.parse(json?.out ?? '') as unknown;
    expect(list).toMatchObject({ kind: 'List', items: [{ metadata: { name: 'crash-loops' }, status: { firing: 1 } }] });
    expect(parse(yaml?.out ?? '')).toEqual(list);
    expect(name?.out).toBe('healingpolicy.kubeskippy.io/crash-loops\n');
    const one = await get(['policies', 'crash-loops', '-n', 'default', '-o', 'json']);
    expect(JSON.parse(one.out)).toMatchObject({ kind: 'HealingPolicy', metadata: { name: 'crash-loops' } });
  });

  it('says on the other stream that there is none, and succeeds', async () => {
    expect(await get(['actions', '-n', 'default'])).toEqual({
      code: 0,
      out: '',
      err: 'No healingactions in default.\n',
    });
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['a name without its namespace', ['policies', 'p'], 2, /p may be in any namespace: add -n NAMESPACE/],
    ['an object that is not there', ['policies', 'p', '-n', 'default'], 1, /there is no healingpolicy default\/p\n$/],
    ['the same as YAML', ['policies', 'p', '-n', 'default', '-o', 'yaml'], 1, /there is no healingpolicy default\/p/],
    ['a word that is none', ['policy'], 2, /Allowed choices are policies, actions, approvals/],
  ])('ends with one line for %s', async (_title, args, status, words) => {
    const { code, out, err } = await get(args);
    expect([code, out]).toEqual([status, '']);
    expect(err).toMatch(words);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it.each(['table', 'json'])('says of a cluster without our kinds what to do (%s)', async (form) => {
    const { code, err } = await called(['get', 'policies', '-o', form, '--kubeconfig', empty]);
    expect(code).toBe(1);
    expect(err).toContain('run kubeskippy install');
  });
});
