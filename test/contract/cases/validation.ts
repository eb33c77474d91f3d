/** The other kinds that we use: defaults, refusals and what does not change. */
import {
  BUDGETS,
  CRON_JOBS,
  DEPLOY,
  JOBS,
  PODS,
  SERVICES,
  STATEFUL_SETS,
  budget,
  deployment,
  pod,
  template,
  workload,
} from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, invalid, merge } from '../steps.ts';

export const VALIDATION: readonly ContractCase[] = [
  {
    title: 'labels must be well formed',
    steps: [
      invalid(create(PODS, pod('p', {}, { labels: { 'a b': 'c' } })), 'metadata.labels', [
        'FieldValueInvalid',
        /^Invalid value: "a b": name part must consist of/,
      ]),
      invalid(create(PODS, pod('p', {}, { labels: { a: 'x'.repeat(64) } })), 'metadata.labels', [
        'FieldValueInvalid',
        /must be no more than 63 (bytes|characters)/,
      ]),
    ],
  },
  {
    title: 'a Deployment gets its defaults',
    steps: [
      create(DEPLOY, deployment(2), {
        'spec.strategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        'spec.revisionHistoryLimit': 10,
        'spec.progressDeadlineSeconds': 600,
        'spec.template.spec.restartPolicy': 'Always',
        'metadata.generation': 1,
      }),
    ],
  },
  {
    title: "a Deployment's selector must match its template and does not change",
    steps: [
      invalid(create(DEPLOY, deployment(1, { template: template('other') })), 'spec.template.metadata.labels', [
        'FieldValueInvalid',
        'Invalid value: {"app":"other"}: `selector` does not match template `labels`',
      ]),
      create(DEPLOY, deployment(1)),
      invalid(
        merge(`${DEPLOY}/d`, {
          spec: {
            selector: { matchLabels: { app: 'd', more: 'x' } },
            template: { metadata: { labels: { more: 'x' } } },
          },
        }),
        'spec.selector',
        ['FieldValueInvalid', /field is immutable$/],
      ),
    ],
  },
  {
    title: 'a rolling update that can neither add nor take away is refused',
    steps: [
      invalid(
        create(
          DEPLOY,
          deployment(1, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
        ),
        'spec.strategy.rollingUpdate.maxUnavailable',
        ['FieldValueInvalid', 'Invalid value: 0: may not be 0 when `maxSurge` is 0'],
      ),
      invalid(create(DEPLOY, deployment(-1)), 'spec.replicas', [
        'FieldValueInvalid',
        'Invalid value: -1: must be greater than or equal to 0',
      ]),
    ],
  },
  {
    title: 'a StatefulSet changes only what it may',
    steps: [
      create(STATEFUL_SETS, workload('StatefulSet', 's', { serviceName: 's', replicas: 0 }), {
        'spec.podManagementPolicy': 'OrderedReady',
        'spec.updateStrategy': { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        'spec.persistentVolumeClaimRetentionPolicy': { whenDeleted: 'Retain', whenScaled: 'Retain' },
      }),
      invalid(merge(`${STATEFUL_SETS}/s`, { spec: { serviceName: 'other' } }), 'spec', [
        'FieldValueForbidden',
        /^Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy'/,
      ]),
    ],
  },
  {
    title: 'a Service gets an address and keeps it; ports are needed and named when several',
    steps: [
      create(
        SERVICES,
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } },
        {
          'spec.type': 'ClusterIP',
          'spec.clusterIP': /^[0-9a-f.:]+$/,
          'spec.ports.0': { port: 80, protocol: 'TCP', targetPort: 80 },
          'spec.sessionAffinity': 'None',
        },
      ),
      invalid(
        merge(`${SERVICES}/s`, { spec: { clusterIP: '10.255.255.254', clusterIPs: ['10.255.255.254'] } }),
        'spec.clusterIPs[0]',
        ['FieldValueInvalid', /may not change once set$/],
      ),
      invalid(
        create(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata: { name: 't' }, spec: {} }),
        'spec.ports',
        ['FieldValueRequired', 'Required value'],
      ),
      create(
        SERVICES,
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'u' },
          spec: { clusterIP: 'None', selector: { a: 'b' } },
        },
        { 'spec.clusterIPs': ['None'] },
      ),
    ],
  },
  {
    title: 'a Job makes its selector; a template that always restarts is refused',
    steps: [
      create(
        JOBS,
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'j' },
          spec: { suspend: true, template: { spec: { ...template('j').spec, restartPolicy: 'Never' } } },
        },
        {
          'spec.completions': 1,
          'spec.parallelism': 1,
          'spec.backoffLimit': 6,
          'spec.completionMode': 'NonIndexed',
          'spec.selector.matchLabels[batch.kubernetes.io/controller-uid]': /^[0-9a-f-]{36}$/,
          'spec.template.metadata.labels[batch.kubernetes.io/job-name]': 'j',
        },
      ),
      invalid(
        create(JOBS, {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'k' },
          spec: { template: template('k') },
        }),
        'spec.template.spec.restartPolicy',
        ['FieldValueRequired', 'Required value: valid values: "OnFailure", "Never"'],
      ),
    ],
  },
  {
    title: "a CronJob's schedule must be one",
    steps: [
      invalid(
        create(CRON_JOBS, {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'c' },
          spec: {
            schedule: 'every day',
            jobTemplate: { spec: { template: { spec: { ...template('c').spec, restartPolicy: 'Never' } } } },
          },
        }),
        'spec.schedule',
        ['FieldValueInvalid', /^Invalid value: "every day": expected exactly 5 fields, found 2/],
      ),
    ],
  },
  {
    title: 'a budget has either minAvailable or maxUnavailable',
    steps: [
      invalid(create(BUDGETS, budget('b', 'a', { minAvailable: 1, maxUnavailable: 1 })), 'spec', [
        'FieldValueInvalid',
        /minAvailable and maxUnavailable cannot be both set$/,
      ]),
      invalid(create(BUDGETS, budget('b', 'a', { minAvailable: '150%' })), 'spec.minAvailable', [
        'FieldValueInvalid',
        /must not be greater than 100%$/,
      ]),
      create(BUDGETS, budget('b', 'a', { maxUnavailable: '50%' }), { 'spec.maxUnavailable': '50%' }),
      get(`${BUDGETS}/b`, { 'metadata.generation': 1 }),
    ],
  },
  {
    title: 'owner references must name a controller at most once',
    steps: [
      invalid(
        create(
          PODS,
          pod(
            'p',
            {},
            {
              ownerReferences: ['a', 'b'].map((name) => ({
                apiVersion: 'v1',
                kind: 'ConfigMap',
                name,
                uid: `u-${name}`,
                controller: true,
              })),
            },
          ),
        ),
        'metadata.ownerReferences',
        ['FieldValueInvalid', /Only one reference can have Controller set to true/],
      ),
    ],
  },
];
