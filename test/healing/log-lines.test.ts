/** What the log says of a healing: a line for each thing that happens, which names its episode and its action. */
import { describe, expect, it } from 'vitest';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

interface Line {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The sentence, and what stands behind it. */
const linesOf = (logs: readonly string[]): readonly Line[] =>
  logs.map((line) => {
    const at = line.indexOf('{"');
    return at < 0
      ? { text: line, fields: {} }
      : { text: line.slice(0, at), fields: JSON.parse(line.slice(at)) as Line['fields'] };
  });

async function logOf(script: unknown, spec: Record<string, unknown>, done: (world: TestCluster) => boolean) {
  const world = new TestCluster(1);
  const operator = world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web', script));
  world.cluster.create(POLICIES, policy(spec));
  await world.until(() => done(world));
  await world.clock.advance(30_000);
  return { world, lines: () => linesOf(operator.logs) };
}

describe('the log', () => {
  it('has a line for the firing, each decision, the action and each of its phases, and the end, of one episode', async () => {
    const { world, lines } = await logOf(CRASHES_UNTIL_RESTARTED, {}, (at) => at.phases().includes('Succeeded'));
    const told = lines().filter(({ fields }) => 'episode' in fields);
    expect(told.map(({ text }) => text.replace(/web-\w{10}/, 'NAME').trim())).toEqual([
      expect.stringMatching(/^trigger looping fires: pod NAME.*: container main: CrashLoopBackOff/),
      'decided: propose restart (restart) for Deployment default/web, because of looping',
      'created a HealingAction',
      'decided: nothing more: action default/NAME is Approved',
      'no approval is needed',
      'attempt 1 of 3: restart Deployment default/web by a rolling update',
      'trigger looping has resolved: no pod has CrashLoopBackOff=True',
      'decided: nothing: no trigger fires for Deployment default/web',
      'restart Deployment default/web by a rolling update; watching whether it helps',
      expect.stringMatching(/^healthy for .* after restart Deployment default\/web by a rolling update$/),
    ]);
    expect(new Set(told.map(({ fields }) => fields['episode'])).size).toBe(1);
    expect(told[0]?.fields['episode']).toMatch(/^[\da-f]{32}$/);
    const [action] = world.actions();
    const name = `default/${action?.metadata.name ?? ''}`;
    const phases = told
      .filter(({ fields }) => fields['action'] === name)
      .map(({ fields }) => [fields['to'], fields['reason']]);
    expect(phases).toContainEqual(['Approved', 'NoApprovalNeeded']);
    expect(phases).toContainEqual(['InProgress', 'Executing']);
    expect(phases).toContainEqual(['InProgress', 'Verifying']);
    expect(phases.at(-1)?.[0]).toBe('Succeeded');
  });

  it('has one line for a refusal that goes on', async () => {
    const { lines } = await logOf(
      CRASHES,
      { safetyRules: { maxActionsPerHour: 0 } },
      (at) => at.status('crash-loops').blocked !== undefined,
    );
    expect(lines().filter(({ text }) => text.startsWith('decided: blocked, RateLimited'))).toHaveLength(1);
  });

  it('has one line for a policy that cannot be used, and one when it can', async () => {
    const bad = { actions: [{ name: 'restart', type: 'custom', customAction: { executor: 'nobody' } }] };
    const { world, lines } = await logOf(undefined, bad, (at) => at.status('crash-loops').conditions !== undefined);
    const said = (all: readonly Line[]) => all.filter(({ text }) => text.startsWith('the policy is'));
    expect(said(lines()).map(({ fields }) => fields['policy'])).toEqual(['default/crash-loops']);
    expect(said(lines())[0]?.text).toMatch(/^the policy is not ready: /);
    world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => {
      draft['spec'].actions = [{ name: 'restart', type: 'restart' }];
      return draft;
    });
    await world.clock.advance(30_000);
    expect(said(lines()).map(({ text }) => text.trim())).toEqual([expect.any(String), 'the policy is ready again']);
  });
});
