import { look, make, node, pod, unready } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows } from '../../../../../test/kit/analysis/rows.ts';

type Fields = Readonly<Record<string, unknown>>;
const deployment = (spec: Fields, status: Fields) =>
  make('Deployment', 'web', { spec: { replicas: 2, ...spec }, status });
const progressing = (status: string, reason: string) =>
  look([deployment({}, { conditions: [{ type: 'Progressing', status, reason }] })]);
const set = (revision: number, readyReplicas: number, image: string) =>
  make('ReplicaSet', `web-${revision}`, {
    metadata: {
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
    },
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'main', image }] } } },
    status: { replicas: 1, readyReplicas },
  });
const ofSecond = (status: Fields) =>
  pod({
    name: 'web-2-a',
    metadata: { ownerReferences: [{ kind: 'ReplicaSet', name: 'web-2', controller: true }] },
    status,
  });
const budget = (status: Fields) =>
  make('PodDisruptionBudget', 'web', { spec: { selector: { matchLabels: { app: 'web' } } }, status });
const tight = { disruptionsAllowed: 0, currentHealthy: 1, expectedPods: 1 };
const stateful = (updateRevision: string, hash: string, status: Fields) => [
  make('StatefulSet', 'db', { status: { currentRevision: 'db-1', updateRevision } }),
  pod({
    name: 'db-0',
    metadata: {
      labels: { 'controller-revision-hash': hash },
      ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
    },
    status,
  }),
];

holdsInRows({
  RolloutStuck: {
    holds: progressing('False', 'ProgressDeadlineExceeded'),
    nearly: progressing('False', 'ReplicaSetCreateError'),
    against: progressing('True', 'NewReplicaSetAvailable'),
  },
  BadRevision: {
    holds: look([deployment({}, {}), set(1, 1, 'web:1'), set(2, 0, 'web:2'), ofSecond(unready())]),
    nearly: look([deployment({}, {}), set(1, 0, 'web:1'), set(2, 0, 'web:2'), ofSecond(unready())]),
    against: look([deployment({}, {}), set(1, 1, 'web:1'), set(2, 1, 'web:2'), ofSecond({})]),
  },
  RolloutPaused: {
    holds: look([deployment({ paused: true }, { updatedReplicas: 1 })]),
    nearly: look([deployment({}, { updatedReplicas: 1 })]),
    against: look([deployment({ paused: true }, { updatedReplicas: 2 })]),
  },
  DisruptionBudgetDeadlock: {
    holds: look([budget(tight), pod(), node('n1', { spec: { unschedulable: true } })]),
    nearly: look([budget(tight), pod(), node('n1')]),
    // A pod is unhealthy: the budget does what it is for.
    against: look([budget({ ...tight, expectedPods: 2 }), pod(), node('n1', { spec: { unschedulable: true } })]),
  },
  OrderedRolloutBlocked: {
    holds: look(stateful('db-2', 'db-1', unready())),
    nearly: look(stateful('db-2', 'db-2', unready())),
    against: look(stateful('db-2', 'db-1', {})),
  },
});
