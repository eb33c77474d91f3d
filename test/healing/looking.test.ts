/** `kubeskippy status` and `kubeskippy history` on a cluster that is being healed, through HTTP and a kubeconfig. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { buildProgram, execute } from '../../src/cli/program.ts';
import { type Clock, toMicroTime } from '../../src/std/clock.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

/** Runs the program against the cluster. */
async function terminal(world: TestCluster) {
  const { url } = await world.sandbox.serve({ port: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-looking-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const kubeconfig = join(folder, 'config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'a',
      clusters: [{ name: 'a', cluster: { server: url } }],
      users: [{ name: 'a', user: {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    }),
  );
  // An hour ahead of the cluster: times there are compared with the server's.
  const now = () => world.clock.now() + 3_600_000;
  const laptop: Clock = {
    now,
    monotonic: () => world.clock.monotonic(),
    until: (at, signal) => world.clock.until(at - 3_600_000, signal),
    after: (ms, signal) => world.clock.after(ms, signal),
  };
  return async (...args: readonly string[]) => {
    const texts = { out: '', err: '' };
    const environment = {
      stdout: { write: (text: string) => (texts.out += text) },
      stderr: { write: (text: string) => (texts.err += text) },
      clock: laptop,
      random: () => 0.5,
      env: {},
      signal: new AbortController().signal,
    };
    const code = await execute(buildProgram(environment), [...args, '--kubeconfig', kubeconfig], environment);
    return { ...texts, code };
  };
}

it('a person sees what is unwell and what waits, approves, and reads what was done', async () => {
  const world = new TestCluster();
  world.operator({ config: { approvals: { unproven: 'accept' } } });
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy({ mode: 'manual' }));
  const run = await terminal(world);
  expect(await world.until(() => world.actionStatus().reason === 'AwaitingApproval')).toBe(true);
  const name = world.cluster.list(ACTIONS)[0]?.metadata.name ?? '';

  world.cluster.create(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kubeskippy-system', name: 'kubeskippy-leader' },
    spec: {
      holderIdentity: 'operator-1',
      leaseDurationSeconds: 15,
      renewTime: toMicroTime(world.clock.now() - 3000),
    },
  });
  const before = await run('status');
  expect(before.code, before.err).toBe(0);
  // The server's date has whole seconds.
  expect(before.out).toMatch(/^operator {2}operator-1 leads, and renewed its Lease [34] s ago$/m);
  expect(before.out).toMatch(/^policies {2}1 \(1 ready, 1 manual\)$/m);
  expect(before.out).toMatch(
    new RegExp(`^default/crash-loops +Deployment default/web .* restart ${name} is Pending$`, 'm'),
  );
  expect(before.out).toContain(`kubeskippy approve ${name} -n default`);

  const json = JSON.parse((await run('status', '-o', 'json')).out) as { readonly waiting: readonly object[] };
  expect(json.waiting).toMatchObject([{ namespace: 'default', action: name, does: 'restart Deployment default/web' }]);
  expect((await run('status', '-n', 'elsewhere')).out).toMatch(/^policies {2}0 \(0 ready\)$/m);

  expect((await run('approve', name, '-y')).code).toBe(0);
  expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
  const after = await run('history', 'deploy/web');
  expect(after.out).toMatch(/^2026-01-01T00:\S+ {2}restart: Succeeded/);
  expect(after.out).toContain(`action default/${name}, policy crash-loops, 1 attempt`);
  const [entry] = JSON.parse((await run('history', 'deployment/web', '-o', 'json')).out) as readonly object[];
  expect(entry).toMatchObject({ action: name, phase: 'Succeeded', type: 'restart' });
  expect((await run('history', 'deployment/other')).out).toContain('no action on it is kept');
});

it('what is not there or not understood is one line', async () => {
  const world = new TestCluster();
  const run = await terminal(world);
  const bad = await run('history', 'web');
  expect([bad.code, bad.err]).toEqual([2, 'kubeskippy: web is no KIND/NAME, for example deployment/web\n']);
  world.cluster.remove(
    { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
    { name: 'healingpolicies.kubeskippy.io' },
  );
  await world.clock.advance(10_000);
  const absent = await run('status');
  expect([absent.code, absent.err]).toEqual([
    1,
    'kubeskippy: this cluster has no healingpolicies of kubeskippy.io/v1alpha1; run kubeskippy install\n',
  ]);
});
