import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../shapes/kube.ts';
import { healthOf } from './health.ts';

const object = (apiVersion: string, kind: string, status?: object, generation = 2): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', generation },
  ...(status !== undefined && { status }),
});
const having = (...conditions: readonly (readonly [string, string])[]) => ({
  conditions: conditions.map(([type, status]) => ({ type, status, reason: 'Because' })),
});

describe('an object is as well as its own controller says', () => {
  it.each<[string, KubeObject, string, RegExp]>([
    ['a ready node', object('v1', 'Node', having(['Ready', 'True'])), 'healthy', /^$/],
    [
      'a node that is not heard of',
      object('v1', 'Node', having(['Ready', 'Unknown'])),
      'unhealthy',
      /Ready=Unknown: Because/,
    ],
    ['a node without a status', object('v1', 'Node'), 'unknown', /no condition Ready/],
    ['a Job that runs', object('batch/v1', 'Job', { active: 1 }), 'healthy', /^$/],
    ['a Job that is complete', object('batch/v1', 'Job', having(['Complete', 'True'])), 'healthy', /^$/],
    ['a Job that failed', object('batch/v1', 'Job', having(['Failed', 'True'])), 'unhealthy', /Failed=True/],
    ['a CronJob', object('batch/v1', 'CronJob', {}), 'healthy', /^$/],
    [
      'an autoscaler that scales',
      object('autoscaling/v2', 'HorizontalPodAutoscaler', having(['AbleToScale', 'True'], ['ScalingActive', 'True'])),
      'healthy',
      /^$/,
    ],
    [
      'an autoscaler without metrics',
      object('autoscaling/v2', 'HorizontalPodAutoscaler', having(['AbleToScale', 'True'], ['ScalingActive', 'False'])),
      'unhealthy',
      /ScalingActive=False/,
    ],
    [
      'an autoscaler that has not looked yet',
      object('autoscaling/v2', 'HorizontalPodAutoscaler', {}),
      'unknown',
      /AbleToScale/,
    ],
    ['a bound claim', object('v1', 'PersistentVolumeClaim', { phase: 'Bound' }), 'healthy', /^$/],
    ['a pending claim', object('v1', 'PersistentVolumeClaim', { phase: 'Pending' }), 'unhealthy', /is Pending/],
    ['a claim without a status', object('v1', 'PersistentVolumeClaim'), 'unknown', /no status/],
    ['a ConfigMap, which has no state', object('v1', 'ConfigMap'), 'healthy', /^$/],
    ['a custom resource that is ready', object('example.com/v1', 'Gadget', having(['Ready', 'True'])), 'healthy', /^$/],
    [
      'one that is not available',
      object('example.com/v1', 'Gadget', having(['Available', 'False'])),
      'unhealthy',
      /Available=False/,
    ],
    [
      'one whose controller lags behind',
      object('example.com/v1', 'Gadget', { observedGeneration: 1, ...having(['Ready', 'True']) }),
      'unhealthy',
      /latest change/,
    ],
    [
      'one that says nothing of the kind',
      object('example.com/v1', 'Gadget', having(['Broken', 'False'])),
      'unknown',
      /no health rule/,
    ],
    ['a custom kind of a known name', object('example.com/v1', 'ConfigMap'), 'unknown', /no health rule/],
  ])('%s', (_title, seen, state, message) => {
    const health = healthOf(seen);
    expect(health.state).toBe(state);
    expect('message' in health ? health.message : '').toMatch(message);
  });
});
