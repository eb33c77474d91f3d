/** Rules about nodes, Jobs, what limits workloads, and storage. */
import { toTimestamp } from '../../../src/std/clock.ts';
import { job, pod, type RuleScenario, type Stage } from './scenario.ts';

type Status = 'True' | 'False' | 'Unknown';

const node = (name: string, status: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: {},
  status,
});
const condition = (type: string, status: Status) => ({ type, status, reason: 'Arranged', message: 'arranged' });
const conditions = (type: string, status: Status) => ({ conditions: [condition(type, status)] });

/** A node on which a condition stays, and one on which it is over after so many minutes. */
const nodes =
  (of: {
    readonly type: string;
    readonly bad: Status;
    readonly good: Status;
    readonly stays: string;
    readonly passes: string;
  }) =>
  (minutes: number) =>
  (stage: Stage): void => {
    for (const name of [of.stays, of.passes]) {
      stage.put(node(name, conditions(of.type, of.good)), 'cluster');
      stage.at(5, () => stage.setStatus({ apiVersion: 'v1', kind: 'Node', name }, conditions(of.type, of.bad)));
    }
    stage.at(5 + minutes, () =>
      stage.setStatus({ apiVersion: 'v1', kind: 'Node', name: of.passes }, conditions(of.type, of.good)),
    );
  };

const pressure = (type: string, word: string): Pick<RuleScenario, 'fires' | 'silent' | 'set'> => ({
  fires: ['Node', `${word}-stays`, 'the pressure stays'],
  silent: ['Node', `${word}-passes`, 'the pressure is over after a minute and a half'],
  set: nodes({ type, bad: 'True', good: 'False', stays: `${word}-stays`, passes: `${word}-passes` })(1.5),
});

const NODE_SCENARIOS: readonly RuleScenario[] = [
  {
    rule: 'node-not-ready',
    stage: 'arranged',
    fires: ['Node', 'lost', 'nothing has been heard of it'],
    silent: ['Node', 'restarted', 'it is back after four and a half minutes'],
    set: nodes({ type: 'Ready', bad: 'Unknown', good: 'True', stays: 'lost', passes: 'restarted' })(4.5),
  },
  { rule: 'node-memory-pressure', stage: 'arranged', ...pressure('MemoryPressure', 'memory') },
  { rule: 'node-disk-pressure', stage: 'arranged', ...pressure('DiskPressure', 'disk') },
  { rule: 'node-pid-pressure', stage: 'arranged', ...pressure('PIDPressure', 'pid') },
  {
    rule: 'node-cordoned',
    stage: 'arranged',
    fires: ['Node', 'forgotten', 'it stays cordoned'],
    silent: ['Node', 'maintained', 'it is open again after 29 minutes'],
    set: (stage) => {
      const cordon = (name: string, unschedulable: boolean) =>
        stage.change({ apiVersion: 'v1', kind: 'Node', name }, (draft) => ({
          ...draft,
          spec: { ...draft['spec'], unschedulable },
        }));
      for (const name of ['forgotten', 'maintained']) {
        stage.put(node(name), 'cluster');
        stage.at(2, () => cordon(name, true));
      }
      stage.at(31, () => cordon('maintained', false));
    },
  },
  {
    rule: 'node-full-of-pods',
    stage: 'arranged',
    fires: ['Node', 'full', 'ten of ten places are taken'],
    silent: ['Node', 'busy', 'nine of ten places are taken; three pods more have ended'],
    set: (stage) => {
      for (const name of ['full', 'busy']) {
        stage.put(node(name, { allocatable: { pods: '10' } }), 'cluster');
        for (let at = 0; at < (name === 'full' ? 10 : 12); at++) {
          const phase = name === 'busy' && at >= 9 ? 'Succeeded' : 'Running';
          stage.put({ ...pod(`${name}-${at}`, { spec: { nodeName: name } }), status: { phase } });
        }
      }
    },
  },
  {
    rule: 'node-memory-high',
    stage: 'played',
    fires: ['Node', 'node-3', 'a pod uses 30 of its 32 GiB'],
    silent: ['Node', 'node-4', 'a pod uses 27 of its 32 GiB'],
    set: (stage) => {
      stage.put(pod('large', { script: { memory: { from: '30Gi' } }, spec: { nodeName: 'node-3' } }));
      stage.put(pod('smaller', { script: { memory: { from: '27Gi' } }, spec: { nodeName: 'node-4' } }));
    },
  },
];

const cronJob = (name: string, spec: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name },
  spec: { schedule: '0 * * * *', jobTemplate: { spec: job(name).spec }, ...spec },
});

const ago = (stage: Stage, minutes: number): string => toTimestamp(stage.cluster.clock.now() - minutes * 60_000);

const JOB_SCENARIOS: readonly RuleScenario[] = [
  {
    rule: 'job-failed',
    stage: 'played',
    fires: ['Job', 'hopeless', 'every pod of it fails'],
    silent: ['Job', 'lucky', 'its second pod succeeds'],
    set: (stage) => {
      const fails = { exit: { after: '1s', code: 1 } };
      stage.put(job('hopeless', { script: fails, more: { backoffLimit: 1 } }));
      stage.put(
        job('lucky', {
          script: [{ when: { pod: 1 }, ...fails }, { exit: { after: '1s' } }],
          more: { backoffLimit: 1 },
        }),
      );
    },
  },
  {
    rule: 'job-runs-long',
    stage: 'arranged',
    fires: ['Job', 'endless', 'it began an hour and a half ago'],
    silent: ['Job', 'ended', 'it began as early and runs no more'],
    set: (stage) => {
      const startTime = ago(stage, 90);
      stage.put({ ...job('endless'), status: { startTime, active: 1 } });
      stage.put({ ...job('ended'), status: { startTime, ready: 0 } });
    },
  },
  {
    rule: 'cronjob-late',
    stage: 'arranged',
    fires: ['CronJob', 'overdue', 'its last run was three hours ago'],
    silent: ['CronJob', 'resting', 'its last run was as long ago, but it is suspended'],
    set: (stage) => {
      const lastScheduleTime = ago(stage, 180);
      stage.put({ ...cronJob('overdue'), status: { lastScheduleTime } });
      stage.put({ ...cronJob('resting', { suspend: true }), status: { lastScheduleTime } });
    },
  },
  {
    rule: 'cronjob-suspended',
    stage: 'arranged',
    fires: ['CronJob', 'forgotten', 'it stays suspended'],
    silent: ['CronJob', 'resumed', 'it goes on after 29 minutes'],
    set: (stage) => {
      const suspend = (name: string, value: boolean) =>
        stage.change({ apiVersion: 'batch/v1', kind: 'CronJob', name }, (draft) => ({
          ...draft,
          spec: { ...draft['spec'], suspend: value },
        }));
      for (const name of ['forgotten', 'resumed']) {
        stage.put(cronJob(name));
        stage.at(2, () => suspend(name, true));
      }
      stage.at(31, () => suspend('resumed', false));
    },
  },
  {
    rule: 'cronjob-without-success',
    stage: 'arranged',
    fires: ['CronJob', 'fruitless', 'its last success was two days ago'],
    silent: ['CronJob', 'daily', 'its last success was 23 hours ago'],
    set: (stage) => {
      stage.put({ ...cronJob('fruitless'), status: { lastSuccessfulTime: ago(stage, 48 * 60) } });
      stage.put({ ...cronJob('daily'), status: { lastSuccessfulTime: ago(stage, 23 * 60) } });
    },
  },
];

const autoscaler = (name: string, status: object) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { minReplicas: 1, maxReplicas: 4, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
  status: { currentReplicas: 2, desiredReplicas: 2, ...status },
});

const budget = (name: string, status: object) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { minAvailable: 2, selector: { matchLabels: { app: name } } },
  status: { currentHealthy: 3, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 1, ...status },
});

const quota = (name: string, used: string) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard: { pods: '10', services: '0' } },
  status: { hard: { pods: '10', services: '0' }, used: { pods: used, services: '0' } },
});

const LIMIT_SCENARIOS: readonly RuleScenario[] = [
  {
    rule: 'autoscaler-at-max',
    stage: 'arranged',
    fires: ['HorizontalPodAutoscaler', 'topped', 'four of four replicas run'],
    silent: ['HorizontalPodAutoscaler', 'roomy', 'three of four run'],
    set: (stage) => {
      stage.put(autoscaler('topped', { currentReplicas: 4, desiredReplicas: 4 }));
      stage.put(autoscaler('roomy', { currentReplicas: 3, desiredReplicas: 3 }));
    },
  },
  {
    rule: 'autoscaler-cannot-scale',
    stage: 'arranged',
    fires: ['HorizontalPodAutoscaler', 'powerless', 'it cannot change the scale'],
    silent: ['HorizontalPodAutoscaler', 'blind', 'it has no metrics, which is another rule'],
    set: (stage) => {
      stage.put(autoscaler('powerless', { conditions: [condition('AbleToScale', 'False')] }));
      stage.put(
        autoscaler('blind', { conditions: [condition('AbleToScale', 'True'), condition('ScalingActive', 'False')] }),
      );
    },
  },
  {
    rule: 'autoscaler-without-metrics',
    stage: 'arranged',
    fires: ['HorizontalPodAutoscaler', 'blind', 'it has no metrics'],
    silent: ['HorizontalPodAutoscaler', 'limited', 'it has them, and stays within its bounds'],
    set: (stage) => {
      stage.put(autoscaler('blind', { conditions: [condition('ScalingActive', 'False')] }));
      stage.put(
        autoscaler('limited', {
          conditions: [condition('ScalingActive', 'True'), condition('ScalingLimited', 'True')],
        }),
      );
    },
  },
  {
    rule: 'autoscaler-not-followed',
    stage: 'arranged',
    fires: ['HorizontalPodAutoscaler', 'ignored', 'four replicas are wanted and two are there'],
    silent: ['HorizontalPodAutoscaler', 'followed', 'four are there after fourteen minutes'],
    set: (stage) => {
      for (const name of ['ignored', 'followed']) stage.put(autoscaler(name, { desiredReplicas: 4 }));
      const followed = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'followed' };
      stage.at(14, () => stage.setStatus(followed, { currentReplicas: 4 }));
    },
  },
  {
    rule: 'budget-exhausted',
    stage: 'arranged',
    fires: ['PodDisruptionBudget', 'tight', 'none of its three pods may go'],
    silent: ['PodDisruptionBudget', 'empty', 'it has no pods'],
    set: (stage) => {
      stage.put(budget('tight', { disruptionsAllowed: 0, desiredHealthy: 3 }));
      stage.put(budget('empty', { disruptionsAllowed: 0, expectedPods: 0, currentHealthy: 0, desiredHealthy: 0 }));
    },
  },
  {
    rule: 'budget-violated',
    stage: 'arranged',
    fires: ['PodDisruptionBudget', 'broken', 'one of two pods is healthy'],
    silent: ['PodDisruptionBudget', 'met', 'two of two are healthy'],
    set: (stage) => {
      stage.put(budget('broken', { currentHealthy: 1, disruptionsAllowed: 0 }));
      stage.put(budget('met', { currentHealthy: 2, disruptionsAllowed: 0 }));
    },
  },
  {
    rule: 'quota-almost-used-up',
    stage: 'arranged',
    fires: ['ResourceQuota', 'used-up', 'ten of ten pods are used'],
    silent: ['ResourceQuota', 'almost', 'nine of ten are used, and none of no services'],
    set: (stage) => {
      stage.put(quota('used-up', '10'));
      stage.put(quota('almost', '9'));
    },
  },
];

const claim = (name: string, status: object, volume?: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, ...(volume === undefined ? {} : { annotations: { 'sandbox.kubeskippy.io/volume': volume } }) },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
  status,
});

const volume = (name: string, phase: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { capacity: { storage: '10Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/${name}` } },
  status: { phase },
});

/** Claims with what is on their volumes, each mounted by a pod. */
const mounted = (stage: Stage, claims: Readonly<Record<string, string>>): void => {
  for (const [name, used] of Object.entries(claims)) {
    stage.put(claim(name, { phase: 'Bound', capacity: { storage: '10Gi' } }, `{used: ${used}}`));
    stage.put(pod(name, { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] } }));
  }
};

const STORAGE_SCENARIOS: readonly RuleScenario[] = [
  {
    rule: 'claim-pending',
    stage: 'arranged',
    fires: ['PersistentVolumeClaim', 'unserved', 'it gets no volume'],
    silent: ['PersistentVolumeClaim', 'served', 'it has one after nine minutes'],
    set: (stage) => {
      for (const name of ['unserved', 'served']) stage.put(claim(name, { phase: 'Pending' }));
      stage.at(9, () =>
        stage.setStatus({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'served' }, { phase: 'Bound' }),
      );
    },
  },
  {
    rule: 'volume-failed',
    stage: 'arranged',
    fires: ['PersistentVolume', 'dirty', 'it could not be reclaimed'],
    silent: ['PersistentVolume', 'released', 'nobody has tried yet'],
    set: (stage) => {
      stage.put(volume('dirty', 'Failed'), 'cluster');
      stage.put(volume('released', 'Released'), 'cluster');
    },
  },
  {
    rule: 'claim-almost-full',
    stage: 'played',
    fires: ['PersistentVolumeClaim', 'full', '9.5 of 10 GiB are used'],
    silent: ['PersistentVolumeClaim', 'spacious', '8.9 of 10 GiB are used'],
    set: (stage) => mounted(stage, { full: '{from: 9.5Gi}', spacious: '{from: 8.9Gi}' }),
  },
  {
    rule: 'claim-full-soon',
    stage: 'played',
    fires: ['PersistentVolumeClaim', 'filling', 'at 30 MiB a minute 4 GiB are full in little more than two hours'],
    silent: ['PersistentVolumeClaim', 'patient', 'at 6 MiB a minute they last for eleven'],
    set: (stage) => mounted(stage, { filling: '{from: 6Gi, growth: 512Ki}', patient: '{from: 6Gi, growth: 100Ki}' }),
  },
];

export const CLUSTER_SCENARIOS: readonly RuleScenario[] = [
  ...NODE_SCENARIOS,
  ...JOB_SCENARIOS,
  ...LIMIT_SCENARIOS,
  ...STORAGE_SCENARIOS,
];
