import { describe, expect, it } from 'vitest';
import { planInput, templateOf, workload } from '../../../test/kit/core-data.ts';
import { examplesAbove } from '../../../test/kit/doc-example.ts';
import type { BuiltInPlan, PlanResult } from './action-kind.ts';
import { scale } from './scale.ts';

describe('the example above PlanResult', () => {
  it('is what scale plans', () => {
    const [example = ''] = examplesAbove(new URL('action-kind.ts', import.meta.url), 'export type PlanResult<');
    const target = workload('Deployment');
    const template = templateOf({ type: 'scale', scaleAction: { direction: 'up', replicas: 2 } });
    const answers = {
      scale: { found: 'yes' as const, objects: [{ ...target, spec: { replicas: 3 } }] },
      autoscalers: { found: 'yes' as const, objects: [] },
    };
    expect(JSON.parse(example)).toEqual(scale.plan(planInput(template, target, { answers })));
  });
});

describe('a plan of ours', () => {
  it('takes no request that was not made by the vocabulary: a literal does not compile', () => {
    const literal: PlanResult = {
      kind: 'requests',
      requests: [{ method: 'DELETE', path: '/api/v1/namespaces/shop/pods/web-1', description: 'held to nothing' }],
      changes: [],
      summary: '',
      next: 'verify',
    };
    // @ts-expect-error: nothing says that the pod is still the one that was read.
    const plan: BuiltInPlan = literal;
    expect(plan).toBe(literal);
  });
});
