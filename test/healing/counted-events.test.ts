/** Events are watched while a policy counts them, and what cannot be read of them is unknown (ADR 16). */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { Gvr } from '../../src/sandbox/index.ts';
import { isWatch, type Script, type Sent } from '../kit/faulty-transport.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const ROLES: Gvr = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const BACK_OFF = {
  name: 'looping',
  type: 'event',
  eventTrigger: { reason: 'BackOff', type: 'Warning', count: 3, window: '30m' },
};
const counting = (name: string) => {
  const made = policy({ mode: 'monitor', triggers: [BACK_OFF] });
  return { ...made, metadata: { ...made.metadata, name } };
};

const ofEvents = (sent: readonly Sent[]) =>
  sent.filter(({ path, request }) => path.endsWith('/events') && request.method === 'GET');
const watches = (sent: readonly Sent[]) => ofEvents(sent).filter(isWatch).length;

describe('Events', () => {
  it('are watched from the first policy on that counts them, by a process that waits for its turn too', async () => {
    const world = new TestCluster();
    const operator = world.operator();
    const waits = world.operator({ actions: { leads: new Promise<void>(() => undefined) } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'monitor' }));
    await world.clock.advance(5 * MINUTE);
    expect(world.status('crash-loops').firing).toBe(1);
    expect([watches(operator.sent), watches(waits.sent)]).toEqual([0, 0]);
    // A look at the target has read those of its namespace.
    expect(ofEvents(operator.sent).map(({ path }) => path)).toContain('/api/v1/namespaces/default/events');
    world.cluster.create(POLICIES, counting('counting'));
    expect(await world.until(() => world.status('counting').firing === 1, 10 * MINUTE)).toBe(true);
    expect([watches(operator.sent), watches(waits.sent)].every((count) => count > 0)).toBe(true);
    world.cluster.remove(POLICIES, { namespace: 'default', name: 'counting' });
    await world.clock.advance(MINUTE);
    const before = watches(operator.sent);
    await world.clock.advance(30 * MINUTE);
    expect(watches(operator.sent)).toBe(before);
  });

  it('that may not be read are said to be unread by the policies that count them; others go on', async () => {
    const world = new TestCluster(2, 'on', 'on');
    const token = await world.account(actionRegistry().rules);
    let give = () => undefined as unknown;
    world.cluster.modify(ROLES, { name: 'kubeskippy-operator' }, (draft) => {
      const whole = draft['rules'] as readonly { readonly resources: readonly string[] }[];
      give = () => world.cluster.modify(ROLES, { name: 'kubeskippy-operator' }, (now) => ({ ...now, rules: whole }));
      const rules = whole.map((rule) => ({ ...rule, resources: rule.resources.filter((name) => name !== 'events') }));
      return { ...draft, rules: rules.filter(({ resources }) => resources.length > 0) };
    });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'monitor' }));
    world.cluster.create(POLICIES, counting('counting'));
    const operator = world.operator({ token });
    await world.clock.advance(5 * MINUTE);
    expect(operator.waitingFor()).toEqual([]);
    expect(world.status('crash-loops').firing).toBe(1);
    const ready = () => world.status('counting').conditions?.find(({ type }) => type === 'Ready');
    expect(ready()).toMatchObject({ status: 'False', reason: 'Forbidden' });
    expect(ready()?.message).toContain('{apiGroups: [""], resources: ["events"], verbs: ["get", "list", "watch"]}');
    expect(world.status('counting').firing ?? 0).toBe(0);
    give();
    expect(await world.until(() => world.status('counting').firing === 1, 40 * MINUTE)).toBe(true);
    expect(ready()).toMatchObject({ status: 'True' });
  });

  it.each([
    ['name what stands in the way of a workload, where no policy counts them', 'answered'],
    ['that cannot be read then are missed in the log alone', 'broken off'],
  ])('%s', async (_title, read) => {
    const world = new TestCluster();
    const breaks: Script = ({ query }) =>
      query.get('fieldSelector')?.startsWith('involvedObject.uid') === true && read === 'broken off'
        ? { kind: 'reset', when: 'before' }
        : undefined;
    const operator = world.operator({ faults: [breaks] });
    const QUOTAS: Gvr = { group: '', version: 'v1', resource: 'resourcequotas' };
    const STATEFUL: Gvr = { group: 'apps', version: 'v1', resource: 'statefulsets' };
    const { spec, ...rest } = deployment('db', CRASHES);
    world.cluster.create(STATEFUL, { ...rest, kind: 'StatefulSet', spec: { ...(spec as object), serviceName: 'db' } });
    world.cluster.create(
      POLICIES,
      policy({
        selector: { resources: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }] },
        actions: [{ name: 'delete', type: 'restart', restartAction: { strategy: 'graceful' } }],
        safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m', maxUnhealthy: '100%' },
      }),
    );
    await world.until(() => world.phases().includes('InProgress'));
    world.cluster.create(QUOTAS, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace: 'default' },
      spec: { hard: { pods: '0' } },
    });
    for (const pod of world.cluster.list({ group: '', version: 'v1', resource: 'pods' }))
      world.cluster.remove(
        { group: '', version: 'v1', resource: 'pods' },
        { namespace: 'default', name: pod.metadata.name },
      );
    expect(await world.until(() => world.phases().includes('Failed'), 10 * MINUTE)).toBe(true);
    expect(world.cluster.list(EVENTS).some(({ reason }) => reason === 'FailedCreate')).toBe(true);
    expect(JSON.stringify(world.actions()).includes('StatefulSet db: FailedCreate: ')).toBe(read === 'answered');
    const missed = operator.logs.filter((line) => line.startsWith('Events could not be read'));
    expect(missed.length > 0).toBe(read === 'broken off');
    expect(watches(operator.sent)).toBe(0);
  });
});
