/** The definitions and the manifests as an API server takes them: every rule is tried both ways on the embedded one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { differingFiles } from '../../tools/generate.ts';
import { KubeClient } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import type { ResourceRef } from '../kube/resource.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kube/well-known.ts';
import { createSandbox } from '../sandbox/index.ts';
import { VirtualClock } from '../std/clock.ts';
import { customResourceDefinitions } from './crd.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { API_VERSION, GROUP, VERSION } from './names.ts';

type Spec = Record<string, unknown>;
const clock = new VirtualClock();
const sandbox = createSandbox({ clock, controllers: 'off', scheduler: 'off', kubelet: 'off' });
const client = new KubeClient({ transport: sandbox.transport(), clock, rateLimit: { qps: 1e6, burst: 1e6 } });
const POLICIES: ResourceRef = { group: GROUP, version: VERSION, resource: 'healingpolicies', namespaced: true };
const ACTIONS: ResourceRef = { group: GROUP, version: VERSION, resource: 'healingactions', namespaced: true };

const APPROVALS: ResourceRef = { group: GROUP, version: VERSION, resource: 'healingapprovals', namespaced: true };

let count = 0;
const metadata = () => ({ name: `t-${++count}`, namespace: 'default' });
const trigger = { name: 'crash', type: 'condition', conditionTrigger: { type: 'Ready', status: 'False' } };
const policy = (change: Spec): KubeObject => ({
  apiVersion: API_VERSION,
  kind: 'HealingPolicy',
  metadata: metadata(),
  spec: {
    selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] },
    triggers: [trigger],
    actions: [{ name: 'r', type: 'restart' }],
    ...change,
  },
});
const action = (change: Spec = {}): KubeObject => ({
  apiVersion: API_VERSION,
  kind: 'HealingAction',
  metadata: metadata(),
  spec: {
    targetResource: { apiVersion: 'v1', kind: 'Pod', name: 'p' },
    action: { name: 'r', type: 'restart' },
    ...change,
  },
});

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    if (isKubeError(error) && error.status === 422) return error.message;
    throw error;
  }
  return 'accepted';
};

beforeAll(async () => {
  for (const definition of customResourceDefinitions()) await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition);
  await clock.advance(10_000);
});
afterAll(() => sandbox.close());

describe('a policy', () => {
  it.each<[string, Spec]>([
    [
      'with a block for each type of trigger',
      {
        triggers: [
          trigger,
          { name: 'm', type: 'metric', metricTrigger: { query: 'up', operator: '>', threshold: 1 } },
          { name: 'e', type: 'event', eventTrigger: {} },
          { name: 'x', type: 'expression', expressionTrigger: { expression: 'true' } },
        ],
      },
    ],
    [
      'whose actions omit their blocks',
      {
        actions: ['restart', 'delete', 'custom', 'rollback', 'cordon', 'drain', 'notify'].map((type) => ({
          name: type,
          type,
        })),
      },
    ],
    [
      'with every published field',
      {
        mode: 'automatic',
        selector: {
          namespaces: ['default'],
          labelSelector: { matchLabels: { a: 'b' } },
          resources: [{ apiVersion: 'v1', kind: 'Pod', excludeNames: ['x-*'] }],
        },
        triggers: [
          {
            name: 'e',
            type: 'event',
            eventTrigger: { reason: 'BackOff', type: 'Warning', count: 3, window: '5m0s' },
            cooldownPeriod: '10m0s',
          },
        ],
        actions: [
          { name: 's', type: 'scale', scaleAction: { direction: 'up', replicas: 1, minReplicas: 0, maxReplicas: 5 } },
          {
            name: 'p',
            type: 'patch',
            patchAction: { type: 'strategic', patch: 'spec: {}', patches: [{ path: ['a'], value: 'b' }] },
            priority: 100,
            requiresApproval: true,
            description: 'd',
          },
          {
            name: 'd',
            type: 'delete',
            deleteAction: { gracePeriodSeconds: 0, force: true, propagationPolicy: 'Orphan' },
          },
        ],
        safetyRules: {
          maxActionsPerHour: 10,
          protectedResources: [{ apiVersion: 'v1', kind: 'Pod', excludeNames: ['a'] }],
          requireHealthCheck: true,
          healthCheckTimeout: '5m',
        },
      },
    ],
    ['with empty lists', { triggers: [], actions: [] }],
  ])('%s is accepted', async (_, change) => {
    expect(await refusal(client.create(POLICIES, policy(change)))).toBe('accepted');
  });

  it.each<[string, Spec, RegExp]>([
    ['an unknown mode', { mode: 'yolo' }, /spec\.mode: Unsupported value: "yolo"/],
    [
      'a bad duration',
      { triggers: [{ ...trigger, cooldownPeriod: '5 minutes' }] },
      /spec\.triggers\[0\]\.cooldownPeriod.*should match/,
    ],
    [
      'a trigger without its block',
      { triggers: [{ name: 'a', type: 'metric' }] },
      /metricTrigger is required when type is metric/,
    ],
    [
      'a trigger with another block',
      { triggers: [{ ...trigger, eventTrigger: {} }] },
      /eventTrigger is required when type is event, and forbidden otherwise/,
    ],
    ['two triggers of one name', { triggers: [trigger, trigger] }, /spec\.triggers\[1\]: Duplicate value/],
    [
      'two actions of one name',
      {
        actions: [
          { name: 'r', type: 'restart' },
          { name: 'r', type: 'delete' },
        ],
      },
      /spec\.actions\[1\]: Duplicate value/,
    ],
    [
      'an action with another block',
      { actions: [{ name: 'r', type: 'restart', deleteAction: {} }] },
      /deleteAction is forbidden when type is not delete/,
    ],
    [
      'a scale without its block',
      { actions: [{ name: 'r', type: 'scale' }] },
      /scaleAction is required when type is scale/,
    ],
    [
      'a patch without content',
      { actions: [{ name: 'r', type: 'patch', patchAction: { type: 'merge' } }] },
      /patch or patches is required/,
    ],
    [
      'a resize of nothing',
      { actions: [{ name: 'r', type: 'resize', resizeAction: {} }] },
      /memory or cpu is required/,
    ],
    [
      'an action for an absent trigger',
      { actions: [{ name: 'r', type: 'restart', triggers: ['nope'] }] },
      /triggers of an action must name triggers of the policy/,
    ],
    [
      'a count below one',
      { triggers: [{ name: 'e', type: 'event', eventTrigger: { count: 0 } }] },
      /spec\.triggers\[0\]\.eventTrigger\.count/,
    ],
    ['a percentage above 100', { safetyRules: { maxUnhealthy: '101%' } }, /spec\.safetyRules\.maxUnhealthy/],
  ])('with %s is refused', async (_, change, words) => {
    expect(await refusal(client.create(POLICIES, policy(change)))).toMatch(words);
  });

  it('is stored with its defaults', async () => {
    const stored = await client.create(POLICIES, policy({}));
    expect(stored['spec']).toMatchObject({
      mode: 'monitor',
      triggers: [{ cooldownPeriod: '5m', conditionTrigger: { duration: '2m' } }],
      actions: [{ priority: 50, requiresApproval: false }],
      safetyRules: { healthCheckTimeout: '5m', maxConcurrent: 1, maxHealingsPerDay: 5, maxHealingsPerWeek: 10 },
    });
  });

  it('the sample is accepted', async () => {
    const sample = parse(
      readFileSync(join(import.meta.dirname, '../../config/samples/healingpolicy.yaml'), 'utf8'),
    ) as KubeObject;
    expect(await refusal(client.create(POLICIES, sample))).toBe('accepted');
  });
});

describe('an action', () => {
  const withStatus = async (status: Spec): Promise<KubeObject> => {
    const created = await client.create(ACTIONS, action());
    return client.updateStatus(ACTIONS, { ...created, status });
  };

  it('never changes its spec (I28)', async () => {
    const created = await client.create(ACTIONS, action());
    const changed = { ...created, spec: { ...(created['spec'] as Spec), dryRun: true } };
    expect(await refusal(client.update(ACTIONS, changed))).toMatch(/spec is immutable/);
    expect(await refusal(client.update(ACTIONS, created))).toBe('accepted');
  });

  it('is approved by somebody (I28)', async () => {
    expect(await refusal(withStatus({ approval: { required: true, approved: true } }))).toMatch(
      /approvedBy is required when approved is true/,
    );
    const approval = { required: true, approved: true, approvedBy: 'ada' };
    expect(await refusal(withStatus({ approval }))).toBe('accepted');
  });

  it.each(['Succeeded', 'Failed', 'Cancelled'])('that is %s stays so', async (phase) => {
    const ended = await withStatus({ phase });
    expect(await refusal(client.updateStatus(ACTIONS, { ...ended, status: { phase: 'InProgress' } }))).toMatch(
      /a finished action stays as it ended/,
    );
  });
});

describe('an approval', () => {
  const hash = `sha256:${'0'.repeat(64)}`;
  const approval = (change: Spec = {}): KubeObject => ({
    apiVersion: API_VERSION,
    kind: 'HealingApproval',
    metadata: metadata(),
    spec: { action: 'a', decision: 'Approve', approvedBy: 'ada', specHash: hash, planHash: hash, ...change },
  });

  it.each<[string, Spec, RegExp]>([
    ['names the plan', { planHash: undefined }, /planHash is required to approve/],
    ['names its author', { approvedBy: '' }, /approvedBy/],
    ['names an action, and no path', { action: '../x' }, /should match/],
    ['names digests', { specHash: 'sha256:0' }, /should match/],
    ['that rejects says why', { decision: 'Reject' }, /reason is required to reject/],
    ['decides', { decision: 'Maybe' }, /Unsupported value/],
  ])('%s (I28)', async (_title, change, words) => {
    expect(await refusal(client.create(APPROVALS, approval(change)))).toMatch(words);
  });

  it('never changes (I28)', async () => {
    const made = await client.create(APPROVALS, approval());
    const changed = { ...made, spec: { ...(made['spec'] as Spec), action: 'b' } };
    expect(await refusal(client.update(APPROVALS, changed))).toMatch(/spec is immutable/);
  });
});

describe('what is generated', () => {
  it('is what the schemas say', async () => {
    expect(await differingFiles(join(import.meta.dirname, '../..'))).toEqual([]);
  });
});
