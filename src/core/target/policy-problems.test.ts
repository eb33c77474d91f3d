import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../actions/index.ts';
import { type CompiledPolicy, compilePolicy } from './policy-problems.ts';

interface Offer {
  readonly disabled?: readonly 'scale'[];
  readonly clusterPolicyNamespaces?: readonly string[];
}

const READY = { name: 't', type: 'condition', conditionTrigger: { type: 'Available', status: 'False' } };

function compiled(spec: object, { disabled = [], clusterPolicyNamespaces = [] }: Offer = {}): CompiledPolicy {
  const object = {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'u', generation: 1 },
    spec: {
      selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
      triggers: [READY],
      actions: [{ name: 'r', type: 'restart' }],
      ...spec,
    },
  };
  return compilePolicy(object, {
    scope: { clusterPolicyNamespaces, operatorNamespace: 'kubeskippy-system' },
    impersonation: { required: false },
    deniedKinds: ['v1/Secret'],
    registry: actionRegistry({ disabled }),
    checks: {},
    hasSource: (name) => name === 'prometheus',
    confine: (query, namespaces) =>
      query.startsWith('node_') ? { refused: 'no namespace' } : { query: `${query}{${namespaces.join()}}` },
  });
}

const up = { name: 'up', type: 'scale', scaleAction: { direction: 'up', replicas: 1 } };
const seen = ({ policy, problems }: CompiledPolicy) => ({
  actions: policy?.actions.map(({ name, kinds }) => [name, kinds]),
  problems: problems.map(({ path, reason }) => `${path} ${reason}`),
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
    expect(seen(compiled({ actions }, { disabled }))).toEqual(expected);
  });
});

describe('a policy that the schema accepts', () => {
  const metric = (source: string) => ({
    name: 'm',
    type: 'metric',
    metricTrigger: { query: 'up', operator: '>', threshold: 0, source },
  });
  const elsewhere = { resources: [{ apiVersion: 'v1', kind: 'Pod' }], namespaces: ['shop', 'bank'] };
  it.each<[string, object, Offer, readonly string[]]>([
    ['has no problem when the operator can do all of it', { triggers: [READY, metric('prometheus')] }, {}, []],
    ['reaches into another namespace', { selector: elsewhere }, {}, ['spec.selector.namespaces NamespaceNotPermitted']],
    ['reaches there from a namespace that may', { selector: elsewhere }, { clusterPolicyNamespaces: ['shop'] }, []],
    [
      'names a source that is not configured',
      { triggers: [metric('thanos')] },
      {},
      ['spec.triggers[m].metricTrigger.source UnknownSource'],
    ],
  ])('%s', (_title, spec, offer, expected) => {
    expect(seen(compiled(spec, offer)).problems).toEqual(expected);
  });

  it('says what the schema refuses beside what the operator cannot do', () => {
    const { policy, problems } = compiled({ selector: elsewhere, triggers: [READY, { name: 'bad' }] });
    expect(policy?.triggers.map(({ name }) => name)).toEqual(['t']);
    expect(problems.map(({ reason }) => reason)).toEqual(['InvalidField', 'NamespaceNotPermitted']);
  });

  it('is no policy at all when its selector is not understood', () => {
    const labelSelector = { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] };
    const selector = { resources: [{ apiVersion: 'v1', kind: 'Pod' }], labelSelector };
    expect(seen(compiled({ selector }))).toEqual({
      actions: undefined,
      problems: ['spec.selector.labelSelector.matchExpressions[0].values InvalidSelector'],
    });
  });
});

describe('the queries of a policy', () => {
  const metric = (query: string) => ({
    name: 'm',
    type: 'metric',
    metricTrigger: { query, operator: '>', threshold: 1 },
  });
  const queries = ({ policy }: CompiledPolicy) =>
    policy?.triggers.map((trigger) => (trigger.type === 'metric' ? trigger.query : trigger.type));

  it('are bound to the namespaces that it may reach, not to those that it asks for', () => {
    const spec = { triggers: [metric('up'), READY] };
    expect(queries(compiled(spec))).toEqual(['up{shop}', 'condition']);
    const reaching = {
      selector: { namespaces: ['shop', 'kube-system'], resources: [{ apiVersion: 'v1', kind: 'Pod' }] },
    };
    expect(queries(compiled({ ...spec, ...reaching }))).toEqual(['up{shop}', 'condition']);
  });

  it('are left as they are where policies may reach into other namespaces', () => {
    expect(queries(compiled({ triggers: [metric('up')] }, { clusterPolicyNamespaces: ['shop'] }))).toEqual(['up']);
  });

  it('are reported and left out when no series of theirs lies in a namespace', () => {
    const { policy, problems } = compiled({ triggers: [metric('node_load1'), READY] });
    expect(policy?.triggers.map(({ name }) => name)).toEqual(['t']);
    expect(problems).toMatchObject([{ reason: 'QueryNotPermitted', path: 'spec.triggers[m].metricTrigger.query' }]);
    expect(problems[0]?.message).toContain('clusterPolicyNamespaces');
  });
});
