/** Policies as people write them, compiled. */
import * as fc from 'fast-check';
import { parsePolicy } from '../../src/api/parse-policy.ts';
import type { HealingPolicy } from '../../src/api/policy.ts';
import { merged, mostly, record, sometimes } from './random-values.ts';

const duration = fc.constantFrom('0s', '1s', '20s', '2m');
const cooldown = fc.constantFrom('0s', '1m', '10m');

const trigger = (name: string): fc.Arbitrary<object> =>
  fc
    .oneof(
      fc
        .tuple(fc.constantFrom('Available', 'CrashLoopBackOff', 'Ready'), fc.constantFrom('True', 'False'), duration)
        .map(([type, status, held]) => ({ type: 'condition', conditionTrigger: { type, status, duration: held } })),
      merged<object>(
        sometimes('reason', fc.constantFrom('BackOff', 'Back(Off)?', 'Unhealthy|BackOff', ''), 7),
        sometimes('message', fc.constantFrom('fail(ed|ure)', '^probe', ''), 3),
        sometimes('type', fc.constantFrom('Warning', '')),
        record({ count: fc.integer({ min: 1, max: 3 }), window: fc.constantFrom('1m', '5m') }),
      ).map((eventTrigger) => ({ type: 'event', eventTrigger })),
      fc
        .tuple(
          fc.constantFrom('>', '<', '==', '!='),
          fc.constantFrom(0, 0.5, -1),
          duration,
          fc.constantFrom('0s', '1m'),
        )
        .map(([operator, threshold, held, keepFiringFor]) => ({
          type: 'metric',
          metricTrigger: { query: 'errors', operator, threshold, duration: held, keepFiringFor },
        })),
    )
    .chain((block) => cooldown.map((cooldownPeriod) => ({ name, cooldownPeriod, ...block })));

const requirement = fc.oneof(
  record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.constantFrom(['web'], ['db', 'web'], ['db']),
  }),
  record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const labelSelector = merged<object>(
  sometimes('matchLabels', fc.constantFrom({}, { app: 'web' }, { app: 'web', tier: 'db' }), 6),
  sometimes('matchExpressions', fc.array(requirement, { maxLength: 2 }), 5),
);

const schedule = fc.constantFrom('0 0 * * *', '30 2 * * 1-5', '0 12 1 * *', '0 */6 * * *');
const safetyWindow = record({
  type: mostly('allow', 'deny'),
  schedule,
  duration: fc.constantFrom('10m', '8h', '20h'),
  timeZone: fc.constantFrom('UTC', 'Asia/Tokyo', 'America/New_York'),
});

const safetyRules = merged<object>(
  sometimes('maxActionsPerHour', fc.integer({ min: 0, max: 6 }), 3),
  sometimes('maxConcurrent', fc.integer({ min: 1, max: 3 }), 5),
  sometimes('maxUnhealthy', fc.constantFrom(1, 2, '30%', '100%'), 5),
  sometimes('windows', fc.array(safetyWindow, { maxLength: 2 }), 2),
  sometimes(
    'protectedResources',
    labelSelector.map((selector) => [{ apiVersion: 'apps/v1', kind: 'Deployment', labelSelector: selector }]),
  ),
);

const actions = fc
  .uniqueArray(fc.constantFrom('restart', 'delete', 'scale', 'rollback', 'notify'), { minLength: 1, maxLength: 3 })
  .map((types) =>
    types.map((type, index) => ({
      name: `${type}-it`,
      type,
      priority: index,
      ...(type === 'scale' && { scaleAction: { direction: 'up', replicas: 1 } }),
    })),
  );

const compiled = (spec: object): HealingPolicy => {
  const { policy, problems } = parsePolicy({
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'policy-uid', generation: 1 },
    spec,
  });
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return policy;
};

/** As it stands in a manifest. */
export const policySpec: fc.Arbitrary<object> = fc.record({
  mode: fc.constantFrom('automatic', 'automatic', 'manual', 'dryrun', 'monitor'),
  suspend: mostly(false, true),
  selector: labelSelector.map((selector) => ({
    resources: [
      { apiVersion: 'apps/v1', kind: 'Deployment', excludeNames: ['db-*'] },
      { apiVersion: 'v1', kind: 'Pod' },
    ],
    labelSelector: selector,
  })),
  triggers: fc.integer({ min: 1, max: 3 }).chain((count) => fc.tuple(...['a', 'b', 'c'].slice(0, count).map(trigger))),
  actions,
  safetyRules,
  analysis: mostly({}, { mode: 'veto' }),
});

/** Parsing takes longer than deciding: the same hundred are used again and again. */
const WRITTEN = fc.sample(policySpec.map(compiled), { numRuns: 100, seed: 1 });
export const anyPolicy: fc.Arbitrary<HealingPolicy> = fc.constantFrom(...WRITTEN);
