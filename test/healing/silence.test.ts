/** A policy that can do nothing says so, where people look. */
import { describe, expect, it } from 'vitest';
import { CRON_JOBS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const said = (world: TestCluster, type: string): string => {
  const found = world.status('crash-loops').conditions?.find((one) => one.type === type);
  return `${found?.status} ${found?.reason}: ${found?.message}`;
};
async function shown(world: TestCluster, type: string, words: RegExp): Promise<string> {
  await world.until(() => words.test(said(world, type)), 120_000);
  return said(world, type);
}
const play = (spec: object): TestCluster => {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web'));
  world.cluster.create(POLICIES, policy({ ...spec }));
  return world;
};

describe('Ready says', () => {
  it.each<[string, object, RegExp]>([
    [
      'that no object has the condition',
      {
        triggers: [{ name: 't', type: 'condition', conditionTrigger: { type: 'CrashLoopBackoff', status: 'True' } }],
      },
      /^False NeverFires: .*write CrashLoopBackOff/,
    ],
    [
      'that nothing matches the selector, as long as nothing does',
      { selector: { resources: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }] } },
      /^True MatchesNothing: /,
    ],
    [
      'that the channel is not there',
      { actions: [{ name: 'tell', type: 'notify', notifyAction: { channel: 'chat' } }] },
      /^False NeverTaken: .*no channel chat; it has none/,
    ],
    [
      'that the CronJob is not there whose template a Job would be made of',
      { actions: [{ name: 'repair', type: 'job', jobAction: { template: 'repair' } }] },
      /^False NeverTaken: spec.actions\[repair\].jobAction.template: there is no CronJob repair in namespace default/,
    ],
    [
      'that a rule of protection matches nothing',
      {
        safetyRules: {
          protectedResources: [{ apiVersion: 'apps/v1', kind: 'Deployment', excludeNames: ['wbe'] }],
        },
      },
      /^True ProtectsNothing: .*protectedResources\[0\] \(Deployment named wbe\)/,
    ],
    ['that all is well, where it is', {}, /^True Ready: the policy is evaluated$/],
  ])('%s', async (_title, spec, words) => {
    expect(await shown(play(spec), 'Ready', words)).toMatch(words);
  });
});

it('Ready takes it back when the CronJob and the protected object have come', async () => {
  const world = play({
    actions: [{ name: 'repair', type: 'job', jobAction: { template: 'repair' } }],
    safetyRules: { protectedResources: [{ apiVersion: 'apps/v1', kind: 'Deployment', excludeNames: ['pay'] }] },
  });
  expect(await shown(world, 'Ready', /no CronJob/)).toMatch(/^False NeverTaken/);
  world.cluster.create(CRON_JOBS, {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'repair', namespace: 'default' },
    spec: {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: {
        spec: {
          template: {
            spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/repair:1' }] },
          },
        },
      },
    },
  });
  expect(await shown(world, 'Ready', /ProtectsNothing/)).toMatch(/^True ProtectsNothing/);
  world.cluster.create(DEPLOYMENTS, deployment('pay'));
  await world.clock.advance(300_000);
  expect(said(world, 'Ready')).toBe('True Ready: the policy is evaluated');
});

it('MetricsAvailable says that an answer is about nobody, and how many series it has', async () => {
  const query = 'label_replace(kube_deployment_spec_replicas, "deployment", "gone", "deployment", ".*")';
  const world = play({
    triggers: [{ name: 'm', type: 'metric', metricTrigger: { query, operator: '>', threshold: 0, duration: '0s' } }],
  });
  const words = /^True Available: .*trigger m: none of 1 series is about an object that the policy selects/;
  expect(await shown(world, 'MetricsAvailable', words)).toMatch(words);
});
