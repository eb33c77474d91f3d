import { describe, expect, it } from 'vitest';
import { planInput, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { PolicyRule } from '../../api/rbac.ts';
import { actionRegistry } from './index.ts';
import { type Executor, guarded, parsePlugin, PLUGIN_API_VERSION } from './plugin.ts';
import { permits, ruleProblem } from './plugin-rules.ts';

const web = workload('Deployment');
const rbac: readonly PolicyRule[] = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }];
const PATH = '/apis/apps/v1/namespaces/shop/deployments/web';
const request = (change: object = {}) =>
  ({ method: 'PATCH', path: PATH, body: '{}', description: 'change it', ...change }) as const;
const planned = (change: object = {}) => ({
  kind: 'requests' as const,
  requests: [request()],
  changes: [],
  summary: 'change it',
  next: 'verify' as const,
  ...change,
});

const executor = (change: object = {}): Executor => ({
  kinds: ['Deployment'],
  proof: 'healed',
  rbac,
  parameters: {
    to: { description: 'where', required: true, problem: (value) => (value === 'nowhere' ? 'is nowhere' : undefined) },
  },
  plan: () => planned(),
  classify: () => 'not done',
  ...change,
});
const plugin = (change: object = {}) => ({
  apiVersion: PLUGIN_API_VERSION,
  name: 'mine',
  executors: { move: executor() },
  ...change,
});
const template = (parameters: Record<string, string> = { to: 'there' }) =>
  templateOf({ type: 'custom', customAction: { executor: 'move', parameters } });
const plan = (change: object, parameters?: Record<string, string>) =>
  guarded('mine', 'move', executor(change)).plan(planInput(template(parameters), web));

describe('a plugin that cannot be used says why', () => {
  it.each<[string, unknown, RegExp]>([
    ['no export', {}, /no export named plugin/],
    [
      'another version',
      { plugin: plugin({ apiVersion: 'kubeskippy.io/plugin-v9' }) },
      /plugin-v9; this operator takes kubeskippy.io\/plugin-v1/,
    ],
    ['no name', { plugin: plugin({ name: 'Mine!' }) }, /its name/],
    ['no executors', { plugin: plugin({ executors: {} }) }, /no executors/],
    [
      'an executor that cannot plan',
      { plugin: plugin({ executors: { move: executor({ plan: 'later' }) } }) },
      /executor move: plan is not/,
    ],
    [
      'a proof that there is not',
      { plugin: plugin({ executors: { move: executor({ proof: 'luck' }) } }) },
      /proof is not one of/,
    ],
    [
      'parameters without a description',
      { plugin: plugin({ executors: { move: executor({ parameters: { a: {} } }) } }) },
      /parameters is not/,
    ],
    [
      'too wide a permission',
      { plugin: plugin({ executors: { move: executor({ rbac: [{ ...rbac[0], verbs: ['*'] }] }) } }) },
      /wildcards/,
    ],
  ])('%s', (_title, module, problem) => {
    expect(parsePlugin(module)).toEqual({ whyNot: expect.stringMatching(problem) as unknown });
  });

  it('and a good one is taken as it is', () => {
    const good = plugin();
    expect(parsePlugin({ plugin: good })).toEqual({ value: good });
  });
});

describe('permissions that a plugin may not declare', () => {
  const rule = (change: Partial<PolicyRule>): PolicyRule => ({
    apiGroups: [''],
    resources: ['pods'],
    verbs: ['get'],
    ...change,
  });
  it.each<[string, Partial<PolicyRule>]>([
    ['every group', { apiGroups: ['*'] }],
    ['every resource', { resources: ['*'] }],
    ['every subresource', { resources: ['*/scale'] }],
    ['roles', { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] }],
    ['to act as somebody else', { resources: ['users'], verbs: ['impersonate'] }],
    ['secrets', { resources: ['secrets'] }],
    ['a shell in a pod', { resources: ['pods/exec'], verbs: ['create'] }],
    ['tokens', { resources: ['serviceaccounts/token'], verbs: ['create'] }],
    ['its own approval', { apiGroups: ['kubeskippy.io'], resources: ['healingactions/status'] }],
    ['nothing at all', { verbs: [] }],
  ])('%s', (_title, change) => {
    expect(ruleProblem(rule(change))).toEqual(expect.any(String));
  });

  it('what is named and harmless may be declared', () => {
    expect(ruleProblem(rule({}))).toBeUndefined();
  });
});

describe('what a declaration covers', () => {
  it.each<[string, string, boolean]>([
    ['PATCH', PATH, true],
    ['PATCH', `${PATH}?force=true`, false],
    ['DELETE', PATH, false],
    ['PATCH', `${PATH}/scale`, false],
    ['PATCH', '/apis/apps/v1/namespaces/shop/statefulsets/web', false],
    ['PATCH', '/apis/batch/v1/namespaces/shop/deployments/web', false],
    ['PATCH', '/apis/apps/v1/namespaces/shop/deployments', false],
    ['PATCH', `${PATH}/../../secrets/x`, false],
    ['PATCH', `${PATH}%2F..`, false],
    ['PATCH', `${PATH}?dryRun=All`, false],
    ['PATCH', 'apis/apps/v1/namespaces/shop/deployments/web', false],
    ['PATCH', '//elsewhere/apis/apps/v1/deployments/web', false],
  ])('%s %s: %s', (method, path, allowed) => {
    expect(permits(rbac, { method, path })).toBe(allowed);
  });
});

describe('an executor that goes wrong fails its action, and nothing else', () => {
  it.each<[string, object, string]>([
    [
      'it throws',
      {
        plan: () => {
          throw new Error('oh');
        },
      },
      'oh',
    ],
    [
      'what it needs throws',
      {
        needs: () => {
          throw new Error('oh');
        },
      },
      'oh',
    ],
    ['it probes what it may not', { needs: () => ({ a: { probe: request({ method: 'DELETE' }) } }) }, 'need a: DELETE'],
    ['it answers nothing', { plan: () => undefined }, 'not an object'],
    ['it answers later', { plan: () => Promise.resolve(planned()) }, 'no known kind'],
    ['it asks for nothing', { plan: () => planned({ requests: [] }) }, 'requests'],
    [
      'it asks for too much',
      { plan: () => planned({ requests: Array.from({ length: 17 }, () => request()) }) },
      'requests',
    ],
    ['a body is too large', { plan: () => planned({ requests: [request({ body: 'x'.repeat(65_537) })] }) }, '0.body'],
    [
      'a request is outside its permissions',
      { plan: () => planned({ requests: [request({ method: 'DELETE' })] }) },
      'not covered',
    ],
    [
      'an undo is outside its permissions',
      {
        plan: () =>
          planned({ requests: [request({ inverse: { ...request({ method: 'DELETE' }), guard: {}, restores: {} } })] }),
      },
      'the undo DELETE',
    ],
    [
      'it calls whom nobody configured',
      { plan: () => planned({ requests: [request({ endpoint: 'x', path: '' })] }) },
      'no endpoint x',
    ],
  ])('%s', (_title, change, message) => {
    const result = plan(change);
    expect(result).toMatchObject({ kind: 'refused', reason: 'PluginFailed' });
    expect(JSON.stringify(result)).toContain(message);
    expect(JSON.stringify(result)).toContain('executor move of plugin mine');
  });

  it.each<[string, object]>([
    [
      'it throws',
      {
        classify: () => {
          throw new Error('oh');
        },
      },
    ],
    ['it says something else', { classify: () => 'perhaps' }],
  ])('a lost attempt stays unknown when %s', (_title, change) => {
    const seen = {
      target: web,
      kind: 'Deployment',
      uid: 'web-uid',
      marker: 'action-uid/1',
      template: template(),
      requests: [],
    };
    expect(guarded('mine', 'move', executor(change)).classify(seen)).toBe('unknown');
  });
});

describe('parameters', () => {
  it.each<[string, Record<string, string>, string]>([
    ['one that is missing', {}, 'to is required'],
    ['one that is not known', { to: 'a', from: 'b' }, 'from is not a parameter; there is to'],
    ['one that the plugin does not like', { to: 'nowhere' }, 'to is nowhere'],
  ])('%s is refused', (_title, parameters, message) => {
    expect(plan({}, parameters)).toMatchObject({
      kind: 'refused',
      reason: 'InvalidParameters',
      message: `customAction.parameters: ${message}`,
    });
  });
});

describe('the registry', () => {
  const registry = actionRegistry({ disabled: [], plugins: [executorPlugin()] });
  function executorPlugin() {
    return { apiVersion: PLUGIN_API_VERSION, name: 'mine', executors: { move: executor() } } as const;
  }

  it('finds an executor by name, and asks for its permissions', () => {
    expect(registry.find(template())).toHaveProperty('value.proof', 'healed');
    expect(registry.rules).toContainEqual(rbac[0]);
  });

  it('says which there are when there is none of that name', () => {
    const other = templateOf({ type: 'custom', customAction: { executor: 'other' } });
    expect(registry.find(other)).toEqual({ whyNot: 'no plugin has an executor other; there are move' });
    expect(actionRegistry().find(other)).toEqual({
      whyNot: 'no plugin has an executor other; no plugin is loaded',
    });
  });

  it('a type that is switched off takes its permissions along', () => {
    const off = actionRegistry({ disabled: ['custom', 'job'], plugins: [executorPlugin()] });
    expect(off.find(template())).toMatchObject({ whyNot: expect.stringContaining('switched off') as unknown });
    const resources = (rules: readonly PolicyRule[]) =>
      rules.flatMap((rule) => (rule.verbs.includes('create') ? rule.resources : []));
    expect(resources(registry.rules)).toContain('jobs');
    expect(resources(off.rules)).not.toContain('jobs');
  });
});
