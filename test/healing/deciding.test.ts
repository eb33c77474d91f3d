/** `kubeskippy approve` and `kubeskippy reject`: what they print, what they make, and that the action then runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { type DecideOptions, decideWith } from '../../src/cli/approve/decide.ts';
import { buildProgram, execute } from '../../src/cli/program.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import { answerTo, member } from '../kit/people.ts';
import { ACTIONS, APPROVALS, DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const generation = (world: TestCluster): number | undefined =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata.generation;

/** An action that waits for approval, and Ada, who may approve. */
async function waiting(): Promise<{ readonly world: TestCluster; readonly ada: KubeClient; readonly name: string }> {
  const world = new TestCluster(2, 'on', 'on');
  const token = await world.account(actionRegistry().rules);
  await world.clock.advance(60_000);
  world.operator({ token });
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy({ mode: 'manual' }));
  expect(await world.until(() => world.actionStatus().reason === 'AwaitingApproval')).toBe(true);
  const [action] = world.actions();
  return { world, ada: member(world, 'ada', 'kubeskippy-approver'), name: action?.metadata.name ?? '' };
}

/** A terminal at which this is typed. */
function terminal(typed?: string) {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const environment = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    ...(typed !== undefined && {
      ask: async (question: string) => {
        asked.push(question);
        return typed;
      },
    }),
    signal: new AbortController().signal,
  };
  return { environment, out: () => out.join(''), err: () => err.join(''), asked };
}

const options = (name: string, change: Partial<DecideOptions> = {}): DecideOptions => ({
  name,
  namespace: 'default',
  decision: 'Approve',
  output: 'text',
  ...change,
});

const decided = (world: TestCluster) => world.cluster.list(APPROVALS).map(({ spec }) => spec);

describe('kubeskippy approve', () => {
  it('shows the plan and who signs, asks, and the action runs', async () => {
    const { world, ada, name } = await waiting();
    const { environment, out, asked } = terminal('yes\n');
    await decideWith(ada, options(name, { reason: 'seen it' }), environment);
    expect(out()).toMatch(/^restart Deployment default\/looping/);
    expect(out()).toContain('1. PATCH /apis/apps/v1/namespaces/default/deployments/looping');
    expect(out()).toContain(`Approve HealingAction default/${name}, signed by ada\nReason: seen it\n`);
    expect(out()).toMatch(/HealingApproval default\/\S+ was made/);
    expect(asked).toEqual(['Approve it? Type yes: ']);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.actionStatus().approval).toMatchObject({ approvedBy: 'ada', author: 'Proven', reason: 'seen it' });
    expect(generation(world)).toBe(2);
  });

  it.each(['', 'y'])('makes nothing when the answer is %j', async (typed) => {
    const { world, ada, name } = await waiting();
    const { environment } = terminal(typed);
    await expect(decideWith(ada, options(name), environment)).rejects.toThrow('nothing was decided');
    expect(decided(world)).toEqual([]);
  });

  it('with -y asks nobody, and answers programs with one document', async () => {
    const { world, ada, name } = await waiting();
    const { environment, out, err, asked } = terminal('no');
    await decideWith(ada, options(name, { yes: true, output: 'json' }), environment);
    const { specHash, planHash } = world.actionStatus().approval ?? {};
    const [approval] = world.cluster.list(APPROVALS);
    expect(JSON.parse(out())).toMatchObject({
      namespace: 'default',
      action: name,
      decision: 'Approve',
      approvedBy: 'ada',
      specHash,
      planHash,
      plan: { requests: [{ method: 'PATCH' }], proof: 'healed', anotherStageFollows: false },
      approval: approval?.metadata.name,
      dryRun: false,
    });
    expect([err(), asked]).toEqual(['', []]);
    expect(decided(world)).toEqual([{ action: name, decision: 'Approve', approvedBy: 'ada', specHash, planHash }]);
  });

  it('for programs shows the plan beside the document when it asks', async () => {
    const { ada, name } = await waiting();
    const { environment, out, err } = terminal('yes');
    await decideWith(ada, options(name, { output: 'json' }), environment);
    expect(JSON.parse(out())).toHaveProperty('action', name);
    expect(err()).toMatch(/^restart Deployment default\/looping/);
  });

  it('with --dry-run shows it, has the server judge it, and keeps nothing', async () => {
    const { world, ada, name } = await waiting();
    const { environment, out } = terminal();
    await decideWith(ada, options(name, { dryRun: true }), environment);
    expect(out()).toContain('1. PATCH ');
    expect(out()).toMatch(/The server would take it. Nothing was kept.\n$/);
    expect(decided(world)).toEqual([]);
    const eve = member(world, 'eve', [
      { apiGroups: ['kubeskippy.io'], resources: ['healingactions'], verbs: ['get'] },
      { apiGroups: ['kubeskippy.io'], resources: ['healingapprovals'], verbs: ['create'] },
    ]);
    const refusal = decideWith(eve, options(name, { dryRun: true }), terminal().environment);
    await expect(refusal).rejects.toThrow(/deciding needs the verb approve/);
  });

  it('refuses an action that is not there, and one that is over', async () => {
    const { world, ada, name } = await waiting();
    const { environment } = terminal('yes');
    await expect(decideWith(ada, options('absent'), environment)).rejects.toThrow(
      'HealingAction default/absent does not exist',
    );
    await decideWith(ada, options(name), environment);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    await expect(decideWith(ada, options(name), environment)).rejects.toThrow(/waits for nobody: it is Succeeded/);
    expect(decided(world)).toHaveLength(1);
  });

  it('refuses a plan that is not the one that the operator asks about', async () => {
    const { world, ada, name } = await waiting();
    world.cluster.modify(
      ACTIONS,
      { namespace: 'default', name },
      (draft) => {
        const status = draft['status'] as { readonly plan: object };
        return { ...draft, status: { ...status, plan: { ...status.plan, requests: [] } } };
      },
      'status',
    );
    await expect(decideWith(ada, options(name), terminal('yes').environment)).rejects.toThrow(
      /another spec or plan than the one that the operator asks about/,
    );
    expect(decided(world)).toEqual([]);
  });

  it('says so to somebody who may not read the action', async () => {
    const { world, name } = await waiting();
    const eve = member(world, 'eve', []);
    expect(await answerTo(decideWith(eve, options(name), terminal('yes').environment).catch(causeOf))).toMatch(
      /^403: .*healingactions.* is forbidden/,
    );
  });
});

/** Of an error of a command: what the server said. */
function causeOf(error: unknown): never {
  throw error instanceof Error && error.cause !== undefined ? error.cause : error;
}

describe('kubeskippy reject', () => {
  it('ends the action with its reason', async () => {
    const { world, ada, name } = await waiting();
    const { environment, out } = terminal('yes');
    await decideWith(ada, options(name, { decision: 'Reject', reason: 'not today' }), environment);
    expect(out()).toContain(`Reject HealingAction default/${name}, signed by ada\nReason: not today\n`);
    expect(await world.until(() => world.phases()[0] === 'Cancelled')).toBe(true);
    expect(world.actionStatus().message).toContain('rejected by ada: not today');
    expect([generation(world), decided(world)]).toMatchObject([1, [{ decision: 'Reject' }]]);
    expect(decided(world)[0]).not.toHaveProperty('planHash');
  });
});

const ran = async (args: readonly string[]) => {
  const { environment, out, err } = terminal();
  const whole = { ...environment, env: {}, clock: new VirtualClock(), random: () => 0 };
  return { code: await execute(buildProgram(whole), args, whole), out: out(), err: err() };
};

/** A file that leads to the cluster over HTTP. */
async function kubeconfigOf(world: TestCluster): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-decide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { url } = await world.sandbox.serve({ port: 0 });
  const file = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server: url } }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('the command line', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nobody to ask', ['approve', 'a'], /nobody sits at this terminal to be asked; .* add -y/],
    ['nobody to ask about a rejection', ['reject', 'a', '--reason', 'no'], /nobody sits at this terminal/],
    ['a rejection without a reason', ['reject', 'a', '-y'], /required option '--reason <text>' not specified/],
    ['no name', ['approve', '-y'], /missing required argument 'name'/],
    ['another form', ['approve', 'a', '-y', '-o', 'xml'], /'xml' is invalid/],
  ])('refuses %s before anything is asked of a server', async (_title, args, words) => {
    const { code, out, err } = await ran(args);
    expect([code, out, err.trim().split('\n')]).toEqual([2, '', [expect.stringMatching(words)]]);
  });

  it('says in one line what a server answered', async () => {
    const kubeconfig = await kubeconfigOf(new TestCluster(0, 'off'));
    const { code, err } = await ran(['approve', 'absent', '-y', '-n', 'shop', '--kubeconfig', kubeconfig]);
    expect([code, err]).toEqual([1, 'kubeskippy: HealingAction shop/absent does not exist\n']);
  });
});

describe('docs/how-to/approve.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/approve.md'), 'utf8');
  const commands = [...page.matchAll(/^kubeskippy ([^#\n]*)/gm)].map(([, line = '']) => line.trim());
  const [manifest = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

  /** An action that waits in the namespace of the page. */
  async function shop(): Promise<{ readonly world: TestCluster; readonly name: string }> {
    const world = new TestCluster();
    world.operator({ config: { approvals: { unproven: 'accept' } } });
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const looping = deployment('looping', CRASHES_UNTIL_RESTARTED);
    world.cluster.create(DEPLOYMENTS, { ...looping, metadata: { ...looping.metadata, namespace: 'shop' } });
    const manual = policy({ mode: 'manual' });
    world.cluster.create(POLICIES, { ...manual, metadata: { ...manual.metadata, namespace: 'shop' } });
    expect(await world.until(() => world.actionStatus().reason === 'AwaitingApproval')).toBe(true);
    return { world, name: world.actions()[0]?.metadata.name ?? '' };
  }

  it('has the commands', () => {
    expect(commands.map((command) => command.split(' ')[0])).toEqual(['approve', 'approve', 'reject']);
  });

  it.each(commands)('kubeskippy %s', async (command) => {
    const { world, name } = await shop();
    const words = [...command.replace('NAME', name).matchAll(/"([^"]*)"|\S+/g)].map(([all, quoted]) => quoted ?? all);
    const isDryRun = words.includes('--dry-run');
    // Nobody sits at the terminal of a test.
    const args = [...words, ...(isDryRun ? [] : ['-y']), '--kubeconfig', await kubeconfigOf(world)];
    const { code, out, err } = await ran(args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('1. PATCH ');
    await world.clock.advance(60_000);
    expect(world.phases()).toEqual([isDryRun ? 'Pending' : words[0] === 'approve' ? 'Succeeded' : 'Cancelled']);
  });

  it('has an approval that counts', async () => {
    const { world, name } = await shop();
    const { specHash = '', planHash = '' } = world.actionStatus().approval ?? {};
    const text = manifest
      .replaceAll('NAME', name)
      .replace(/(specHash: )\S+/, `$1${specHash}`)
      .replace(/(planHash: )\S+/, `$1${planHash}`);
    world.cluster.create(APPROVALS, parse(text) as KubeObject);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.actionStatus().approval).toMatchObject({ approvedBy: 'ada', author: 'Claimed' });
  });
});
