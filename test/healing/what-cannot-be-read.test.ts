/**
 * An operator that lacks a right, or whose kinds are older than it: it says so at its start and for `/readyz`, with
 * what to do, heals nothing until then, and goes on by itself when it is mended.
 */
import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../../src/api/rbac.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { Gvr, MutableObject } from '../../src/sandbox/index.ts';
import { DEFINITIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const ROLES: Gvr = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const ROLE = { name: 'kubeskippy-operator' };
const OPERATOR = 'ServiceAccount kubeskippy-system/kubeskippy';

/** Takes the resource out of the rules of the operator; what comes back puts it back. */
function without(world: TestCluster, resource: string): () => void {
  let before: readonly PolicyRule[] = [];
  const change = (rules: (old: readonly PolicyRule[]) => readonly PolicyRule[]) =>
    void world.cluster.modify(ROLES, ROLE, (draft) => {
      before = draft['rules'] as readonly PolicyRule[];
      return { ...draft, rules: rules(before) };
    });
  change((old) =>
    old
      .map((rule) => ({ ...rule, resources: rule.resources.filter((name) => name !== resource) }))
      .filter(({ resources }) => resources.length > 0),
  );
  const whole = before;
  return () => change(() => whole);
}

async function ill(): Promise<{ readonly world: TestCluster; readonly token: string }> {
  const world = new TestCluster(2, 'on', 'on');
  const token = await world.account(actionRegistry().rules);
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy());
  return { world, token };
}

describe('an operator that lacks a right', () => {
  it.each([
    ['pods', '', 'cache of pods'],
    ['healingpolicies', 'kubeskippy.io', 'healingpolicies.kubeskippy.io'],
    ['deployments', 'apps', 'cache of deployments.apps'],
  ])('to read %s names the rule, and waits for it', async (resource, group, name) => {
    const { world, token } = await ill();
    const giveBack = without(world, resource);
    const operator = world.operator({ token });
    await world.clock.advance(60_000);
    const rule = `add {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["get", "list", "watch"]} to a ClusterRole that is bound to ${OPERATOR}`;
    expect(operator.waitingFor()).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
    expect(operator.waitingFor()[0]).toContain(rule);
    const said = operator.logs.filter((line) => line.includes('; add {apiGroups'));
    expect([said.length, operator.logs.join('\n')]).toEqual([1, expect.not.stringContaining('apply them with')]);
    expect(world.actions()).toEqual([]);
    giveBack();
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(operator.waitingFor()).toEqual([]);
  });

  it('any more says so, and says when it has it again', async () => {
    const { world, token } = await ill();
    const operator = world.operator({ token });
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    const giveBack = without(world, 'pods');
    // The server ends watches after some minutes, and asks again whether the next one may begin.
    expect(await world.until(() => operator.waitingFor().length > 0)).toBe(true);
    expect(operator.waitingFor()).toEqual([expect.stringContaining('resources: ["pods"]')]);
    giveBack();
    expect(await world.until(() => operator.waitingFor().length === 0)).toBe(true);
  });
});

describe('an operator whose kinds are older than it', () => {
  it('says so, writes nothing under them, and heals under those of its version', async () => {
    const { world, token } = await ill();
    const name = { name: 'healingactions.kubeskippy.io' };
    const schemaOf = (draft: MutableObject) => draft['spec'].versions[0].schema.openAPIV3Schema.properties.status;
    let whole: unknown;
    world.cluster.modify(DEFINITIONS, name, (draft) => {
      whole = structuredClone(schemaOf(draft).properties.verification);
      delete schemaOf(draft).properties.verification;
      return draft;
    });
    const operator = world.operator({ token });
    await world.clock.advance(120_000);
    expect(operator.waitingFor()).toEqual([
      expect.stringMatching(
        /^CustomResourceDefinition healingactions\.kubeskippy\.io \(older than this program: it has no status\.verification/,
      ),
    ]);
    expect(operator.logs.filter((line) => line.includes('older than this program'))).toHaveLength(1);
    expect(operator.sent.filter(({ write }) => write > 0)).toEqual([]);
    world.cluster.modify(DEFINITIONS, name, (draft) => {
      schemaOf(draft).properties.verification = whole;
      return draft;
    });
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
  });
});
