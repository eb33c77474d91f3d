/** Rules about Deployments, StatefulSets, DaemonSets and ReplicaSets. */
import { type RuleScenario, workload } from './scenario.ts';

const NEVER_READY = { ready: { failsAfter: '0s' } };
const deployment = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name });

export const WORKLOAD_SCENARIOS: readonly RuleScenario[] = [
  {
    rule: 'deployment-replicas-unavailable',
    stage: 'played',
    fires: ['Deployment', 'broken', 'its pods never become ready'],
    silent: ['Deployment', 'upset', 'its pods are back after nine minutes'],
    set: (stage) => {
      stage.put(workload('Deployment', 'broken', { replicas: 2, script: NEVER_READY }));
      stage.put(
        workload('Deployment', 'upset', { replicas: 2, script: { ready: { failsAfter: '5m', recoversAfter: '14m' } } }),
      );
    },
  },
  {
    rule: 'deployment-mostly-down',
    stage: 'played',
    fires: ['Deployment', 'two-of-three-down', 'one of three is available'],
    silent: ['Deployment', 'one-of-two-down', 'half are available'],
    set: (stage) => {
      stage.put(
        workload('Deployment', 'two-of-three-down', { replicas: 3, script: { when: { pod: '<3' }, ...NEVER_READY } }),
      );
      stage.put(
        workload('Deployment', 'one-of-two-down', { replicas: 2, script: { when: { pod: '<2' }, ...NEVER_READY } }),
      );
    },
  },
  {
    rule: 'deployment-not-observed',
    stage: 'arranged',
    fires: ['Deployment', 'ignored', 'its last change was never taken up'],
    silent: ['Deployment', 'late', 'its last change was taken up after nine minutes'],
    set: (stage) => {
      for (const name of ['ignored', 'late']) {
        stage.put(workload('Deployment', name));
        stage.setStatus(deployment(name), { observedGeneration: 1 });
      }
      const grow = (name: string) =>
        stage.change(deployment(name), (draft) => ({ ...draft, spec: { ...draft['spec'], replicas: 2 } }));
      stage.at(5, () => grow('ignored'));
      stage.at(5, () => grow('late'));
      stage.at(14, () => stage.setStatus(deployment('late'), { observedGeneration: 2 }));
    },
  },
  {
    rule: 'deployment-rollout-stuck',
    stage: 'played',
    fires: ['Deployment', 'stuck', 'its image is not there'],
    silent: ['Deployment', 'slow', 'its pods take most of the deadline to become ready'],
    set: (stage) => {
      const more = { progressDeadlineSeconds: 300 };
      stage.put(workload('Deployment', 'stuck', { script: { pull: { fails: 'not-found' } }, more }));
      stage.put(workload('Deployment', 'slow', { script: { pull: { takes: '4m' } }, more }));
    },
  },
  {
    rule: 'statefulset-replicas-not-ready',
    stage: 'played',
    fires: ['StatefulSet', 'halted', 'its first pod never becomes ready, so the second is not made'],
    silent: ['StatefulSet', 'upset', 'its pods are back after nine minutes'],
    set: (stage) => {
      stage.put(workload('StatefulSet', 'halted', { replicas: 2, script: NEVER_READY }));
      stage.put(
        workload('StatefulSet', 'upset', {
          replicas: 2,
          script: { ready: { failsAfter: '5m', recoversAfter: '14m' } },
        }),
      );
    },
  },
  {
    rule: 'statefulset-update-stuck',
    stage: 'played',
    fires: ['StatefulSet', 'stuck', 'the pods of its second revision do not become ready'],
    silent: ['StatefulSet', 'updated', 'its update takes a few minutes'],
    set: (stage) => {
      const statefulSet = (name: string) => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', name });
      stage.put(workload('StatefulSet', 'stuck', { replicas: 2, script: { when: { revision: 2 }, ...NEVER_READY } }));
      stage.put(
        workload('StatefulSet', 'updated', { replicas: 2, script: { when: { revision: 2 }, pull: { takes: '4m' } } }),
      );
      for (const name of ['stuck', 'updated']) {
        stage.at(5, () =>
          stage.change(statefulSet(name), (draft) => {
            draft['spec'].template.spec.containers[0].image = 'registry.example/app:2';
            return draft;
          }),
        );
      }
    },
  },
  {
    rule: 'daemonset-pods-unavailable',
    stage: 'played',
    fires: ['DaemonSet', 'broken', 'its pod on one node never becomes ready'],
    silent: ['DaemonSet', 'upset', 'its pods are back after nine minutes'],
    set: (stage) => {
      stage.put(workload('DaemonSet', 'broken', { script: { when: { node: 'node-1' }, ...NEVER_READY } }));
      stage.put(workload('DaemonSet', 'upset', { script: { ready: { failsAfter: '5m', recoversAfter: '14m' } } }));
    },
  },
  {
    rule: 'daemonset-misscheduled',
    stage: 'arranged',
    fires: ['DaemonSet', 'misplaced', 'a pod stays on a node that is not meant for it'],
    silent: ['DaemonSet', 'moved', 'its misplaced pod is gone after fourteen minutes'],
    set: (stage) => {
      for (const name of ['misplaced', 'moved']) {
        stage.put({ ...workload('DaemonSet', name), status: { ...DAEMONS, numberMisscheduled: 1 } });
      }
      stage.at(14, () =>
        stage.setStatus({ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'moved' }, { numberMisscheduled: 0 }),
      );
    },
  },
  {
    rule: 'daemonset-rollout-stuck',
    stage: 'arranged',
    fires: ['DaemonSet', 'stuck', 'one of three nodes has the new pod'],
    silent: ['DaemonSet', 'slow', 'all nodes have the new pod after fourteen minutes'],
    set: (stage) => {
      for (const name of ['stuck', 'slow'])
        stage.put({ ...workload('DaemonSet', name), status: { ...DAEMONS, updatedNumberScheduled: 1 } });
      stage.at(14, () =>
        stage.setStatus({ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'slow' }, { updatedNumberScheduled: 3 }),
      );
    },
  },
  {
    rule: 'replicaset-lacks-pods',
    stage: 'played',
    fires: ['ReplicaSet', 'refused', 'the quota leaves room for one of its three pods'],
    silent: ['ReplicaSet', 'served', 'it has all its pods, though none is ready'],
    set: (stage) => {
      stage.put({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'room' }, spec: { hard: { pods: '3' } } });
      stage.at(1, () => stage.put(workload('ReplicaSet', 'served', { replicas: 2, script: NEVER_READY })));
      stage.at(2, () => stage.put(workload('ReplicaSet', 'refused', { replicas: 3 })));
    },
  },
];

const DAEMONS = {
  currentNumberScheduled: 3,
  desiredNumberScheduled: 3,
  numberMisscheduled: 0,
  numberReady: 3,
  numberAvailable: 3,
  updatedNumberScheduled: 3,
};
