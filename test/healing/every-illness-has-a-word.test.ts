/**
 * Random workloads and random policies, played. Each workload that a policy selects, and whose illness one of its
 * triggers is to see, has an action or a reason at every moment: in committed objects, and in `explain`.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { matches } from '../../src/core/analysis/selectors.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { explaining } from '../kit/explaining.ts';
import { policySpec } from '../kit/random-policies.ts';
import { ACTIONS, DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, FIRST_POD_CRASHES, policy, TestCluster } from '../kit/test-cluster.ts';

const scripts = fc.constantFrom<unknown>(
  [],
  CRASHES,
  CRASHES,
  FIRST_POD_CRASHES,
  [{ ready: { failsAfter: '20s' } }],
  [{ ready: { failsAfter: '40s', recoversAfter: '90s' } }],
  [{ pull: { fails: 'not-found' } }],
  [{ live: { failsAfter: '15s' } }],
);
const workload = fc.record({
  script: scripts,
  labels: fc.constantFrom({ app: 'web' }, { app: 'web', tier: 'db' }, { app: 'db' }),
  mark: fc.constantFrom(undefined, undefined, undefined, 'kubeskippy.io/protected'),
});
/** Each policy asks for an illness that these workloads have, beside what is drawn. */
const policies = fc
  .tuple(policySpec, fc.constantFrom('Available', 'Ready'), fc.constantFrom('0s', '20s'), fc.boolean())
  .map(([spec, type, duration, all]) => {
    const { triggers, selector } = spec as MutableObject['spec'];
    const ill = { name: 'ill', type: 'condition', conditionTrigger: { type, status: 'False', duration } };
    const { labelSelector: _, ...everything } = selector;
    return { ...spec, triggers: [...triggers, ill], ...(all && { selector: everything }) };
  });
const clusters = fc.record({
  workloads: fc.array(workload, { minLength: 2, maxLength: 4 }),
  policies: fc.array(policies, { minLength: 1, maxLength: 2 }),
});

const EVERY_MS = 10_000;
/** A trigger that has held for its duration fires with the next look, and what follows is written within moments. */
const SLACK_MS = 15_000;
const PLAY_MS = 180_000;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly durationMs: number;
}
const MS: Readonly<Record<string, number>> = { '0s': 0, '1s': 1000, '20s': 20_000, '2m': 120_000 };

/** Of triggers of conditions alone: what they see can be told without the code that is judged here. */
const conditionsOf = (spec: MutableObject['spec']): readonly Condition[] =>
  spec.triggers.flatMap(({ conditionTrigger: of }: MutableObject['spec']) =>
    of === undefined || of.type === 'CrashLoopBackOff'
      ? []
      : [{ type: of.type, status: of.status, durationMs: MS[of.duration] ?? 0 }],
  );

/** Since when the object itself says so. */
function saidSince(object: MutableObject, { type, status }: Condition): number | undefined {
  const said = (object['status']?.conditions ?? []).find((one: { readonly type: string }) => one.type === type);
  return said?.status === status ? Date.parse(said.lastTransitionTime) : undefined;
}

function selected(world: TestCluster, spec: MutableObject['spec']): readonly MutableObject[] {
  const all = [...world.cluster.list(DEPLOYMENTS), ...world.cluster.list(PODS)] as readonly MutableObject[];
  return all.filter(
    ({ kind, metadata }) =>
      !(kind === 'Deployment' && metadata.name.startsWith('db-')) &&
      metadata.deletionTimestamp === undefined &&
      matches(spec.selector.labelSelector ?? {}, metadata.labels),
  );
}

/** What there is to read of it; undefined: nothing. */
function wordOn(world: TestCluster, written: MutableObject, object: MutableObject): string | undefined {
  const status: PolicyStatus = written['status'] ?? {};
  if (written.spec.suspend === true) return 'suspended';
  const { uid } = object.metadata;
  const action = (world.cluster.list(ACTIONS) as readonly MutableObject[]).find(
    (one) =>
      one.spec.policyRef?.uid === written.metadata.uid &&
      one.spec.targetResource.uid === uid &&
      !['Succeeded', 'Failed', 'Cancelled'].includes(one['status']?.phase ?? 'Pending'),
  );
  if (action !== undefined) return 'action';
  return status.blocked?.find(({ target }) => target.uid === uid)?.reason;
}

function build({
  workloads,
  policies,
}: {
  readonly workloads: readonly unknown[];
  readonly policies: readonly object[];
}) {
  const world = new TestCluster();
  world.operator({
    config: { approvals: { unproven: 'accept' }, commonCause: { minWorkloads: 100, sharePercent: 100 } },
  });
  for (const [index, one] of workloads.entries()) {
    const { script, labels, mark } = one as { script: unknown; labels: Record<string, string>; mark?: string };
    const made = deployment(`${index === 3 ? 'db' : 'web'}-${index}`, script) as MutableObject;
    Object.assign(made.metadata.labels, labels);
    Object.assign(made.spec.template.metadata.labels, labels, { own: `${index}` });
    made.spec.selector = { matchLabels: { own: `${index}` } };
    if (mark !== undefined) made.metadata.annotations = { [mark]: 'true' };
    world.cluster.create(DEPLOYMENTS, made);
  }
  for (const [index, spec] of policies.entries()) {
    const one = policy() as MutableObject;
    one.metadata.name = `p-${index}`;
    one.spec = spec;
    world.cluster.create(POLICIES, one);
  }
  return world;
}

describe('an illness that a policy is to see', () => {
  it('has an action or a reason at every moment, whatever the cluster and the policies', async () => {
    const words = new Map<string, number>();
    let explanations = 0;
    await fc.assert(
      fc.asyncProperty(clusters, async (drawn) => {
        const world = build(drawn);
        let ill: { readonly object: MutableObject; readonly condition: Condition; readonly since: number } | undefined;
        for (let passed = 0; passed < PLAY_MS; passed += EVERY_MS) {
          await world.clock.advance(EVERY_MS);
          const now = world.clock.now();
          ill = undefined;
          for (const written of world.cluster.list(POLICIES) as readonly MutableObject[])
            for (const object of selected(world, written.spec)) {
              const due = conditionsOf(written.spec).flatMap((condition) => {
                const since = saidSince(object, condition);
                return since !== undefined && now - since >= condition.durationMs + SLACK_MS
                  ? { object, condition, since }
                  : [];
              })[0];
              if (due === undefined) continue;
              const word = wordOn(world, written, object);
              const what = `${object.kind} ${object.metadata.name} under ${written.metadata.name}, ${passed} ms`;
              expect([what, word ?? JSON.stringify(written['status'])]).toEqual([what, word]);
              words.set(word ?? '', (words.get(word ?? '') ?? 0) + 1);
              if (word !== 'suspended') ill = due;
            }
        }
        if (ill === undefined) return;
        const { kind, metadata } = ill.object;
        const { text } = await explaining(world, { namespace: 'default', kind, name: metadata.name });
        const live = world.cluster.get(kind === 'Pod' ? PODS : DEPLOYMENTS, metadata);
        // It goes on meanwhile: what has recovered is no illness any more.
        if (live === undefined || saidSince(live, ill.condition) !== ill.since) return;
        expect(text).toMatch(/decision {2}(?!nothing: no trigger)/);
        explanations++;
      }),
      { numRuns: 8, seed: 20, endOnFailure: true },
    );
    // So many different ends were reached that the property says something.
    expect([words.size > 5, explanations > 2]).toEqual([true, true]);
  }, 120_000);
});
