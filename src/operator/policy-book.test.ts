import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../core/actions/index.ts';
import { PolicyEntry } from './policy-book.ts';

const scope = { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' };
function entryOf(actions: readonly object[], disabled: readonly 'scale'[] = []): PolicyEntry {
  const object = {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'u', generation: 1 },
    spec: {
      selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
      triggers: [{ name: 't', type: 'condition', conditionTrigger: { type: 'Available', status: 'False' } }],
      actions,
    },
  };
  const entry = new PolicyEntry('shop/p', object);
  entry.update(object, { scope, registry: actionRegistry({ disabled }), checks: {}, hasSource: () => true });
  return entry;
}

const up = { name: 'up', type: 'scale', scaleAction: { direction: 'up', replicas: 1 } };
const seen = (entry: PolicyEntry) => ({
  actions: entry.policy?.actions.map(({ name, kinds }) => [name, kinds]),
  problems: entry.problems.map(({ path, reason }) => `${path} ${reason}`),
});

describe('the actions of a policy', () => {
  it.each<[string, readonly object[], readonly 'scale'[], ReturnType<typeof seen>]>([
    [
      'get the kinds that their type supports',
      [{ name: 'r', type: 'restart' }],
      [],
      { actions: [['r', ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet']]], problems: [] },
    ],
    [
      'keep those of their own that it supports',
      [{ name: 'r', type: 'restart', kinds: ['Deployment', 'Node'] }],
      [],
      { actions: [['r', ['Deployment']]], problems: [] },
    ],
    [
      'are reported when none is left, and dropped',
      [{ name: 'r', type: 'restart', kinds: ['Node'] }],
      [],
      { actions: [], problems: ['spec.actions[r].kinds UnsupportedKind'] },
    ],
    ['of a type for any kind fit every kind', [up], [], { actions: [['up', []]], problems: [] }],
    [
      'are reported when their type is switched off',
      [up],
      ['scale'],
      { actions: [], problems: ['spec.actions[up].type UnsupportedAction'] },
    ],
  ])('%s', (_title, actions, disabled, expected) => {
    expect(seen(entryOf(actions, disabled))).toEqual(expected);
  });
});

describe('the registry', () => {
  it('drops the permissions of what is switched off', () => {
    const resources = (disabled: readonly 'scale'[]) =>
      actionRegistry({ disabled }).rules.flatMap((rule) => rule.resources);
    expect(resources([])).toContain('deployments/scale');
    expect(resources(['scale'])).not.toContain('deployments/scale');
  });
});
