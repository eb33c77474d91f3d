import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../shapes/kube.ts';
import { parseAction } from './parse-action.ts';
import { parsePolicy } from './parse-policy.ts';
import { matchesReason } from './policy.ts';
import { windowAt } from './windows.ts';

type Spec = Record<string, unknown>;

const condition = { name: 'crash', type: 'condition', conditionTrigger: { type: 'CrashLoopBackOff', status: 'True' } };
const spec = (change: Spec = {}): Spec => ({
  selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] },
  triggers: [condition],
  actions: [{ name: 'restart', type: 'restart' }],
  ...change,
});
const object = (change: Spec = {}, more: Spec = {}): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'p', namespace: 'a', uid: 'u', generation: 3 },
  spec: spec(change),
  ...more,
});
const accepted = (change: Spec = {}) => {
  const { policy, problems } = parsePolicy(object(change));
  expect(problems).toEqual([]);
  if (policy === undefined) throw new Error('no policy');
  return policy;
};

describe('defaults and units', () => {
  it('fills in every default and turns durations into milliseconds', () => {
    const policy = accepted();
    expect(policy).toMatchObject({ mode: 'monitor', suspend: false, name: 'p', namespace: 'a', generation: 3 });
    expect(policy.triggers).toEqual([
      {
        name: 'crash',
        type: 'condition',
        conditionType: 'CrashLoopBackOff',
        status: 'True',
        durationMs: 120_000,
        cooldownMs: 300_000,
      },
    ]);
    expect(policy.actions[0]?.template).toMatchObject({
      priority: 50,
      requiresApproval: false,
      restartAction: { strategy: 'rolling', maxConcurrent: 1, gracePeriodSeconds: 30 },
    });
    expect(policy.safety).toMatchObject({
      maxActionsPerHour: 10,
      healthCheckTimeoutMs: 300_000,
      maxUnhealthy: { kind: 'percent', percent: 50 },
      maxConcurrent: 1,
      approvalTimeoutMs: 1_800_000,
    });
  });

  it('type: delete alone is a whole action', () => {
    const policy = accepted({ actions: [{ name: 'd', type: 'delete' }] });
    expect(policy.actions[0]?.template.deleteAction).toEqual({
      gracePeriodSeconds: 30,
      force: false,
      deleteEmptyDirData: false,
    });
  });

  it('puts higher priorities first and keeps the order of equal ones', () => {
    const actions = [
      ['a', 10],
      ['b', 90],
      ['c', 10],
      ['d', 90],
    ].map(([name, priority]) => ({ name, priority, type: 'restart' }));
    expect(accepted({ actions }).actions.map(({ name }) => name)).toEqual(['b', 'd', 'a', 'c']);
  });

  it.each([
    ['50%', { kind: 'percent', percent: 50 }],
    [3, { kind: 'count', count: 3 }],
    ['3', { kind: 'count', count: 3 }],
  ])('maxUnhealthy %j', (maxUnhealthy, expected) => {
    expect(accepted({ safetyRules: { maxUnhealthy } }).safety.maxUnhealthy).toEqual(expected);
  });

  it('nodes are taken more slowly than workloads restart, unless the policy says otherwise', () => {
    const nodes = { resources: [{ apiVersion: 'v1', kind: 'Node' }] };
    expect(accepted({ selector: nodes }).safety).toMatchObject({
      maxActionsPerHour: 2,
      maxConcurrent: 1,
      maxUnhealthy: { kind: 'percent', percent: 20 },
    });
    const own = { maxActionsPerHour: 9, maxUnhealthy: '90%' };
    expect(accepted({ selector: nodes, safetyRules: own }).safety).toMatchObject({
      maxActionsPerHour: 9,
      maxUnhealthy: { kind: 'percent', percent: 90 },
    });
    const both = { resources: [...nodes.resources, { apiVersion: 'v1', kind: 'Pod' }] };
    expect(accepted({ selector: both }).safety.maxActionsPerHour).toBe(10);
  });

  it('the published annotation asks for advice', () => {
    const policy = object();
    const annotated = {
      ...policy,
      metadata: { ...policy.metadata, annotations: { 'kubeskippy.io/ai-enabled': 'true' } },
    };
    expect(parsePolicy(annotated).policy?.analysis.mode).toBe('advise');
  });

  it('a reason matches literally or as a pattern of the whole', () => {
    const eventTrigger = { reason: 'Back(Off)?' };
    const [trigger] = accepted({ triggers: [{ name: 'e', type: 'event', eventTrigger }] }).triggers;
    if (trigger?.type !== 'event') throw new Error('no event trigger');
    expect(['Back', 'BackOff', 'Back(Off)?', 'BackOffs', ''].map((reason) => matchesReason(trigger, reason))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(trigger).toMatchObject({ count: 1, windowMs: 300_000 });
  });
});

describe('one bad trigger or action leaves the others working', () => {
  const event = (block: Spec) => ({ name: 'bad', type: 'event', eventTrigger: block });
  it.each<[string, unknown, string, string]>([
    [
      'a duration',
      { ...condition, name: 'bad', cooldownPeriod: '5 minutes' },
      'spec.triggers[0].cooldownPeriod',
      'InvalidDuration',
    ],
    ['a pattern', event({ reason: 'Back(' }), 'spec.triggers[0].eventTrigger.reason', 'InvalidPattern'],
    ['a look-ahead', event({ message: '(?=x)' }), 'spec.triggers[0].eventTrigger.message', 'InvalidPattern'],
    ['an unknown type', { name: 'bad', type: 'magic' }, 'spec.triggers[0].type', 'InvalidField'],
    ['a missing block', { name: 'bad', type: 'metric' }, 'spec.triggers[0].metricTrigger', 'InvalidField'],
    [
      "another type's block",
      { ...condition, name: 'bad', eventTrigger: {} },
      'spec.triggers[0].eventTrigger',
      'InvalidField',
    ],
    [
      'a query',
      { name: 'bad', type: 'metric', metricTrigger: { query: 'sum(', operator: '>', threshold: 1 } },
      'spec.triggers[0].metricTrigger.query',
      'InvalidQuery',
    ],
  ])('%s', (_, bad, path, reason) => {
    const promql = ({ query }: { readonly query: string }) =>
      query === 'sum(' ? ({ reason: 'InvalidQuery', message: 'unexpected end of input' } as const) : undefined;
    const { policy, problems } = parsePolicy(object({ triggers: [bad, condition] }), { promql });
    expect(problems).toEqual([expect.objectContaining({ path, reason, trigger: 'bad' })]);
    expect(policy?.triggers.map(({ name }) => name)).toEqual(['crash']);
  });

  it.each<[string, Spec, string]>([
    ['an unknown type', { type: 'explode' }, 'spec.actions[1].type'],
    ["another type's block", { type: 'restart', deleteAction: {} }, 'spec.actions[1].deleteAction'],
    ['a missing block', { type: 'scale' }, 'spec.actions[1].scaleAction'],
    ['custom without an executor', { type: 'custom' }, 'spec.actions[1].customAction'],
    ['a trigger that is not there', { type: 'restart', triggers: ['nope'] }, 'spec.actions[1].triggers'],
  ])('an action with %s', (_, bad, path) => {
    const { policy, problems } = parsePolicy(
      object({
        actions: [
          { name: 'ok', type: 'restart' },
          { name: 'bad', ...bad },
        ],
      }),
    );
    expect(problems).toEqual([expect.objectContaining({ path, action: 'bad' })]);
    expect(policy?.actions.map(({ name }) => name)).toEqual(['ok']);
  });
});

describe('a selector or safety rule that is not understood leaves no policy', () => {
  it.each<[string, Spec, string, string]>([
    [
      'a selector without values',
      { selector: { resources: [], labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
      'spec.selector.labelSelector.matchExpressions[0].values',
      'InvalidSelector',
    ],
    [
      'a label key',
      { selector: { resources: [], labelSelector: { matchLabels: { '-a': 'b' } } } },
      'spec.selector.labelSelector.matchLabels[-a]',
      'InvalidSelector',
    ],
    ['an unknown mode', { mode: 'yolo' }, 'spec.mode', 'InvalidField'],
    [
      'a window',
      { safetyRules: { windows: [{ schedule: '61 * * * *', duration: '1h' }] } },
      'spec.safetyRules.windows[0]',
      'InvalidWindow',
    ],
    [
      'a time zone',
      { safetyRules: { windows: [{ schedule: '0 * * * *', duration: '1h', timeZone: 'Mars/Base' }] } },
      'spec.safetyRules.windows[0]',
      'InvalidWindow',
    ],
    [
      'a time-out',
      { safetyRules: { healthCheckTimeout: 'soon' } },
      'spec.safetyRules.healthCheckTimeout',
      'InvalidDuration',
    ],
    ['no selector', { selector: undefined }, 'spec.selector', 'InvalidField'],
  ])('%s', (_, change, path, reason) => {
    const { policy, problems } = parsePolicy(object(change));
    expect(policy).toBeUndefined();
    expect(problems).toContainEqual(expect.objectContaining({ path, reason }));
  });

  it('a status that another version wrote is begun anew', () => {
    expect(parsePolicy(object({}, { status: { episodes: 'many' } })).policy?.status).toEqual({});
  });
});

describe('windows', () => {
  const at = (change: Spec, now: string) => {
    const windows = [{ schedule: '0 2 * * *', duration: '2h', ...change }];
    return accepted({ safetyRules: { windows } }).safety.windows.map((one) => windowAt(one, Date.parse(now)));
  };
  it.each<[string, string, boolean, string]>([
    ['inside', '2026-03-01T03:00:00Z', true, '2026-03-01T04:00:00Z'],
    ['before', '2026-03-01T01:00:00Z', false, '2026-03-01T02:00:00Z'],
    ['at the start', '2026-03-01T02:00:00Z', true, '2026-03-01T04:00:00Z'],
    ['at the end', '2026-03-01T04:00:00Z', false, '2026-03-02T02:00:00Z'],
  ])('%s', (_, now, inside, until) => {
    expect(at({}, now)).toEqual([{ inside, until: Date.parse(until) }]);
  });

  it('begin in their own time zone', () => {
    expect(at({ timeZone: 'Asia/Tokyo' }, '2026-03-01T17:30:00Z')).toEqual([
      { inside: true, until: Date.parse('2026-03-01T19:00:00Z') },
    ]);
  });
});

describe('the compiled policy', () => {
  const full = {
    selector: {
      resources: [{ apiVersion: 'v1', kind: 'Pod', excludeNames: ['db-*'] }],
      labelSelector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['db'] }],
      },
    },
    triggers: [
      condition,
      { name: 'any', type: 'event', eventTrigger: { reason: '', type: '', message: 'fail(ed|ure)' } },
      { name: 'slow', type: 'metric', metricTrigger: { query: 'x', operator: '>', threshold: 1 } },
      { name: 'cel', type: 'expression', expressionTrigger: { expression: 'true' } },
    ],
    actions: [{ name: 'd', type: 'delete' }],
    safetyRules: {
      protectedResources: [{ apiVersion: 'v1', kind: 'Pod', labelSelector: { matchLabels: { keep: 'yes' } } }],
      windows: [{ type: 'deny', schedule: '0 2 * * *', duration: '2h' }],
    },
  };

  it.each([
    ['with everything', full],
    ['with as little as there can be', {}],
  ])('%s is plain data: nothing of it is lost in JSON', (_, change) => {
    const policy = accepted(change);
    expect(JSON.parse(JSON.stringify(policy))).toStrictEqual(policy);
  });
});

describe('the published example', () => {
  it('is accepted as it is', () => {
    const sample = parse(
      readFileSync(join(import.meta.dirname, '../../config/samples/healingpolicy.yaml'), 'utf8'),
    ) as KubeObject;
    const { policy, problems } = parsePolicy(sample);
    expect(problems).toEqual([]);
    expect(policy?.triggers.map(({ type }) => type)).toEqual(['condition', 'event']);
  });
});

describe('HealingActions', () => {
  it('are defaulted and compiled', () => {
    const { action } = parseAction({
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { name: 'x', namespace: 'a' },
      spec: { targetResource: { apiVersion: 'v1', kind: 'Pod', name: 'p' }, action: { name: 'r', type: 'restart' } },
    });
    expect(action).toMatchObject({
      phase: 'Pending',
      timeoutMs: 600_000,
      retry: { maxAttempts: 3, backoffDelayMs: 30_000, backoffMultiplier: 2 },
    });
  });
});
