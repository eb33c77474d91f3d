import { describe, expect, it } from 'vitest';
import { pod } from '../../test/kit/core-data.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { type Ending, endingOf } from './ended.ts';

const job = (type?: string, status = 'True'): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'report' },
  status: { conditions: type === undefined ? [] : [{ type, status }] },
});
const inPhase = (phase: string) => pod({ status: { phase } });

describe('the end of an object', () => {
  it.each<[string, KubeObject, Ending | undefined]>([
    ['a pod that has completed', inPhase('Succeeded'), 'well'],
    ['a pod that has failed', inPhase('Failed'), 'badly'],
    ['a pod that runs', inPhase('Running'), undefined],
    ['a Job that is complete', job('Complete'), 'well'],
    ['a Job that has failed', job('Failed'), 'badly'],
    ['a Job that says it is not complete', job('Complete', 'False'), undefined],
    ['a Job that runs', job(), undefined],
    ['a kind that never ends', { ...job('Complete'), kind: 'Deployment' }, undefined],
  ])('of %s', (_title, object, ending) => {
    expect(endingOf(object)).toBe(ending);
  });
});
