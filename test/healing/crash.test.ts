/** SIGKILL between any two writes of one healing, then a new process: exactly one effect (I1, I3, I4). */
import { describe, expect, it } from 'vitest';
import { isWriteNumber, once } from '../kit/fault-scripts.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster, type RunningOperator } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

interface Healing {
  readonly writes: number;
  readonly restarts: number;
  readonly phases: readonly string[];
}

/** Kills the operator at its n-th write, before it is sent or after it is committed. */
async function heal(kill: { readonly at: number; readonly when: 'before' | 'after' } | undefined): Promise<Healing> {
  const world = new TestCluster(1);
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy());
  const end = () => operator.kill();
  const operator: RunningOperator = world.operator({
    faults: kill === undefined ? [] : [once(isWriteNumber(kill.at), { kind: 'crash', when: kill.when, act: end })],
  });
  const writes = () => operator.sent.filter(({ write }) => write > 0).length;
  let restarts = 0;
  world.cluster.subscribe(DEPLOYMENTS, ({ object, old }) => {
    const at = (one: typeof old) =>
      JSON.stringify(
        (one?.['spec'] as { template?: { metadata?: { annotations?: unknown } } } | undefined)?.template?.metadata
          ?.annotations,
      );
    if (old !== undefined && at(object) !== at(old)) restarts++;
  });
  const done = () => world.phases().some((phase) => phase === 'Succeeded' || phase === 'Failed');
  if (kill === undefined) await world.until(done);
  else {
    await world.until(() => writes() >= kill.at);
    operator.kill();
    await world.clock.advance(5000);
    world.operator();
    await world.until(done);
  }
  return { writes: writes(), restarts, phases: world.phases() };
}

describe('a crash', async () => {
  const whole = await heal(undefined);

  it('has something to interrupt', () => {
    expect(whole.restarts).toBe(1);
    expect(whole.phases).toEqual(['Succeeded']);
    expect(whole.writes).toBeGreaterThanOrEqual(6);
  });

  const points = Array.from({ length: whole.writes }, (_, index) => index + 1).flatMap((at) => [
    { at, when: 'before' as const },
    { at, when: 'after' as const },
  ]);
  it.each(points)('$when write $at leads to exactly one effect (I1, I3, I4)', async (kill) => {
    const healed = await heal(kill);
    expect([healed.restarts, healed.phases]).toEqual([1, ['Succeeded']]);
  });
});
