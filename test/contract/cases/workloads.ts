/** What controllers make of the other workloads, and nodes of pods. */
import {
  BUDGETS,
  CRON_JOBS,
  DEPLOY,
  JOBS,
  PODS,
  SERVICES,
  STATEFUL_SETS,
  podSpec,
  budget,
  eviction,
  workload,
} from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { condition, controllers, nodes, pods, running, settled } from '../controlled.ts';
import { create, eventually, get, merge, refused, remove } from '../steps.ts';

const job = (name: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: { template: { spec: podSpec({ restartPolicy: 'Never' }) }, ...spec },
});

export const WORKLOADS: readonly ContractCase[] = [
  {
    title: 'a new namespace gets a service account and the certificate of the cluster',
    needs: controllers,
    steps: [
      eventually(get('/api/v1/namespaces/{ns}/serviceaccounts/default', { kind: 'ServiceAccount' })),
      eventually(get('/api/v1/namespaces/{ns}/configmaps/kube-root-ca.crt', { 'data[ca.crt]': /^/ })),
    ],
  },
  {
    title: 'a StatefulSet makes its pods in order, with names that stay',
    needs: nodes,
    steps: [
      create(STATEFUL_SETS, workload('StatefulSet', 's', { serviceName: 's', replicas: 2 })),
      eventually(get(`${STATEFUL_SETS}/s`, { 'status.readyReplicas': 2, 'status.currentRevision': /^s-/ })),
      {
        ...get(`${PODS}/s-1`, { 'metadata.labels[apps.kubernetes.io/pod-index]': '1', 'spec.hostname': 's-1' }),
        keep: { old: 'metadata.uid' },
      },
      remove(`${PODS}/s-1`),
      eventually(
        get(`${PODS}?labelSelector=app%3Ds&fieldSelector=status.phase%3DRunning`, {
          'items[*].metadata.name': ['s-0', 's-1'],
        }),
      ),
      merge(`${STATEFUL_SETS}/s/scale`, { spec: { replicas: 1 } }),
      eventually(refused(get(`${PODS}/s-1`), 404, {})),
      get(`${PODS}/s-0`),
    ],
  },
  {
    title: 'a StatefulSet with a partition updates only the pods from there on',
    needs: nodes,
    steps: [
      create(
        STATEFUL_SETS,
        workload('StatefulSet', 's', {
          serviceName: 's',
          replicas: 2,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        }),
      ),
      eventually(get(`${STATEFUL_SETS}/s`, { 'status.readyReplicas': 2 })),
      merge(`${STATEFUL_SETS}/s`, { spec: { template: { metadata: { annotations: { round: '2' } } } } }),
      eventually(get(`${PODS}/s-1`, { 'metadata.annotations.round': '2', 'status.phase': 'Running' })),
      get(`${PODS}/s-0`, { 'metadata.annotations': undefined }),
      eventually(get(`${STATEFUL_SETS}/s`, { 'status.updatedReplicas': 1 })),
    ],
  },
  {
    title: 'a DaemonSet has a pod on each node',
    needs: nodes,
    steps: [
      create('/apis/apps/v1/namespaces/{ns}/daemonsets', workload('DaemonSet', 'n', {})),
      eventually(
        get('/apis/apps/v1/namespaces/{ns}/daemonsets/n', {
          'status.numberUnavailable': undefined,
          'status.numberMisscheduled': 0,
          'status.observedGeneration': 1,
        }),
      ),
      eventually(
        get(pods('n'), {
          'items.0.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchFields.0.key':
            'metadata.name',
        }),
      ),
    ],
  },
  {
    title: 'a suspended Job makes no pods; resumed, it does',
    needs: controllers,
    steps: [
      create(JOBS, job('j', { suspend: true })),
      eventually(get(`${JOBS}/j`, { [`${condition('Suspended')}.status`]: 'True' })),
      get(`${PODS}?labelSelector=job-name%3Dj`, { items: [] }),
      merge(`${JOBS}/j`, { spec: { suspend: false } }),
      eventually(get(`${PODS}?labelSelector=job-name%3Dj`, { 'items.length': 1 })),
      // Its pod may have come to its end before somebody looks.
      eventually(get(`${JOBS}/j`, { 'status.startTime': /^2/, [`${condition('Suspended')}.status`]: 'False' })),
    ],
  },
  {
    title: 'a Job ends after its deadline',
    needs: controllers,
    steps: [
      create(JOBS, job('j', { activeDeadlineSeconds: 1 })),
      eventually(
        get(`${JOBS}/j`, {
          [`${condition('Failed')}.status`]: 'True',
          [`${condition('Failed')}.reason`]: 'DeadlineExceeded',
        }),
      ),
    ],
  },
  {
    title: 'a CronJob makes a Job in its minute',
    needs: controllers,
    steps: [
      create(
        CRON_JOBS,
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'c' },
          spec: { schedule: '* * * * *', jobTemplate: { spec: job('x').spec } },
        },
        { 'spec.concurrencyPolicy': 'Allow', 'spec.successfulJobsHistoryLimit': 3 },
      ),
      eventually(
        get(JOBS, { 'items.0.metadata.name': /^c-\d+$/, 'items.0.metadata.ownerReferences.0.kind': 'CronJob' }),
      ),
      eventually(get(`${CRON_JOBS}/c`, { 'status.lastScheduleTime': /:00Z$/ })),
    ],
  },
  {
    title: 'a budget counts its pods and lets as many be evicted as it can spare',
    needs: nodes,
    steps: [
      create(BUDGETS, budget('b', 'd', { minAvailable: 2 })),
      create(DEPLOY, running(2)),
      settled(2),
      eventually(
        get(`${BUDGETS}/b`, {
          'status.disruptionsAllowed': 0,
          'status.currentHealthy': 2,
          'status.desiredHealthy': 2,
          'status.expectedPods': 2,
        }),
      ),
      { ...get(pods('d')), keep: { first: 'items.0.metadata.name' } },
      refused(create(`${PODS}/{first}/eviction`, eviction('{first}')), 429, {
        reason: 'TooManyRequests',
        'details.causes.0.reason': 'DisruptionBudget',
      }),
      merge(`${BUDGETS}/b`, { spec: { minAvailable: 1 } }),
      eventually(get(`${BUDGETS}/b`, { 'status.disruptionsAllowed': 1, 'status.observedGeneration': 2 })),
      create(`${PODS}/{first}/eviction`, eviction('{first}')),
      eventually(refused(get(`${PODS}/{first}`), 404, {})),
      settled(2),
    ],
  },
  {
    title: 'a Service gets EndpointSlices of the pods that are ready',
    needs: nodes,
    steps: [
      create(SERVICES, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { selector: { app: 'd' }, ports: [{ port: 80 }] },
      }),
      create(DEPLOY, running(2)),
      settled(2),
      eventually(
        get('/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices?labelSelector=kubernetes.io/service-name%3Ds', {
          'items.length': 1,
          'items.0.endpoints.length': 2,
          'items.0.endpoints.0.conditions.ready': true,
          'items.0.ports.0.port': 80,
        }),
      ),
    ],
  },
  {
    title: 'an autoscaler without metrics says that it has none',
    needs: controllers,
    steps: [
      create('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'h' },
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' }, maxReplicas: 3 },
      }),
      eventually(
        get('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h', {
          [`${condition('AbleToScale')}.status`]: 'False',
          [`${condition('AbleToScale')}.reason`]: 'FailedGetScale',
        }),
      ),
    ],
  },
  {
    title: 'a pod that fits no node stays pending and says why',
    needs: nodes,
    steps: [
      create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: podSpec({ nodeSelector: { 'contract.test/none': 'such' } }),
      }),
      eventually(
        get(`${PODS}/p`, {
          'status.phase': 'Pending',
          [`${condition('PodScheduled')}.reason`]: 'Unschedulable',
          [`${condition('PodScheduled')}.message`]:
            /^0\/\d+ nodes are available: .*didn't match Pod's node affinity\/selector/,
        }),
      ),
    ],
  },
  {
    title: 'a pod runs, is ready, and ends within its grace',
    needs: nodes,
    steps: [
      create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: podSpec() }),
      eventually(
        get(`${PODS}/p`, {
          'status.phase': 'Running',
          [`${condition('Ready')}.status`]: 'True',
          'status.containerStatuses.0.ready': true,
          'status.containerStatuses.0.restartCount': 0,
          'status.podIP': /\./,
        }),
      ),
      remove(`${PODS}/p`, { 'metadata.deletionGracePeriodSeconds': 1 }),
      eventually(refused(get(`${PODS}/p`), 404, {})),
    ],
  },
];
