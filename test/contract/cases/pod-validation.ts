/** Pods: defaults, refusals and what does not change. */
import { PODS, pod } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, invalid, merge, refused } from '../steps.ts';

const container = (more: Readonly<Record<string, unknown>>) => ({
  name: 'main',
  image: 'registry.k8s.io/pause:3.10',
  ...more,
});
const resources = (requests: unknown, limits?: unknown) => ({
  containers: [container({ resources: { requests, limits } })],
});

export const POD_VALIDATION: readonly ContractCase[] = [
  {
    title: 'a pod gets its defaults',
    steps: [
      create(PODS, pod('p'), {
        'spec.restartPolicy': 'Always',
        'spec.dnsPolicy': 'ClusterFirst',
        'spec.schedulerName': 'default-scheduler',
        'spec.serviceAccountName': 'default',
        'spec.enableServiceLinks': true,
        'spec.preemptionPolicy': 'PreemptLowerPriority',
        'spec.priority': 0,
        'spec.containers.0.imagePullPolicy': 'IfNotPresent',
        'spec.containers.0.terminationMessagePath': '/dev/termination-log',
        'spec.tolerations[*].key': ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'],
        'spec.tolerations.0.tolerationSeconds': 300,
        'status.phase': 'Pending',
        'status.qosClass': 'BestEffort',
      }),
    ],
  },
  {
    title: 'an image without a tag, or the latest, is always pulled; a probe gets its numbers',
    steps: [
      create(PODS, pod('p', { containers: [container({ image: 'app', readinessProbe: { httpGet: { port: 80 } } })] }), {
        'spec.containers.0.imagePullPolicy': 'Always',
        'spec.containers.0.readinessProbe': {
          httpGet: { port: 80, path: '/', scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
      }),
    ],
  },
  {
    title: 'quality of service follows requests and limits; limits stand in for requests',
    steps: [
      create(PODS, pod('g', resources(undefined, { cpu: '1', memory: '1Gi' })), {
        'status.qosClass': 'Guaranteed',
        'spec.containers.0.resources.requests': { cpu: '1', memory: '1Gi' },
      }),
      create(PODS, pod('b', resources({ cpu: '0.5' })), {
        'status.qosClass': 'Burstable',
        'spec.containers.0.resources.requests.cpu': '500m',
      }),
    ],
  },
  {
    title: 'a pod without containers, or with two of one name, is refused',
    steps: [
      invalid(create(PODS, pod('p', { containers: [] })), 'spec.containers', ['FieldValueRequired', 'Required value']),
      invalid(create(PODS, pod('p', { containers: [container({}), container({})] })), 'spec.containers[1].name', [
        'FieldValueDuplicate',
        'Duplicate value: "main"',
      ]),
      invalid(create(PODS, pod('p', { containers: [{ name: 'main' }] })), 'spec.containers[0].image', [
        'FieldValueRequired',
        'Required value',
      ]),
    ],
  },
  {
    title: 'a restart policy that is none is refused with those that are',
    steps: [
      invalid(create(PODS, pod('p', { restartPolicy: 'Sometimes' })), 'spec.restartPolicy', [
        'FieldValueNotSupported',
        'Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      ]),
    ],
  },
  {
    title: 'a request above its limit is refused',
    steps: [
      invalid(
        create(PODS, pod('p', resources({ memory: '2Gi' }, { memory: '1Gi' }))),
        'spec.containers[0].resources.requests',
        ['FieldValueInvalid', 'Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi'],
      ),
      invalid(
        create(PODS, pod('p', resources({ cpu: '-1' }))),
        'spec.containers[0].resources.requests[cpu]',
        'FieldValueInvalid',
      ),
    ],
  },
  {
    title: 'a quantity that is none is refused at decoding',
    steps: [
      refused(create(PODS, pod('p', resources({ cpu: 'much' }))), 400, {
        reason: 'BadRequest',
        message: /quantities must match the regular expression/,
      }),
    ],
  },
  {
    title: 'several mistakes are told at once',
    steps: [
      refused(create(PODS, pod('p', { restartPolicy: 'Sometimes', containers: [{ name: 'Up', image: 'i' }] })), 422, {
        'details.causes[*].field': ['spec.containers[0].name', 'spec.restartPolicy'],
        message: /^Pod "p" is invalid: \[spec\.containers\[0\]\.name: .*, spec\.restartPolicy: .*\]$/,
      }),
    ],
  },
  {
    title: 'ports, mounts and variables must fit',
    steps: [
      invalid(
        create(PODS, pod('p', { containers: [container({ ports: [{ containerPort: 70_000 }] })] })),
        'spec.containers[0].ports[0].containerPort',
        ['FieldValueInvalid', 'Invalid value: 70000: must be between 1 and 65535, inclusive'],
      ),
      invalid(
        create(PODS, pod('p', { containers: [container({ volumeMounts: [{ name: 'absent', mountPath: '/x' }] })] })),
        'spec.containers[0].volumeMounts[0].name',
        ['FieldValueNotFound', 'Not found: "absent"'],
      ),
      invalid(
        create(PODS, pod('p', { containers: [container({ env: [{ name: '', value: 'x' }] })] })),
        'spec.containers[0].env[0].name',
        'FieldValueRequired',
      ),
    ],
  },
  {
    title: "a pod's containers do not change but for their image",
    steps: [
      create(PODS, pod('p')),
      invalid(merge(`${PODS}/p`, { spec: { dnsPolicy: 'Default' } }), 'spec', [
        'FieldValueForbidden',
        /^Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/,
      ]),
      merge(
        `${PODS}/p`,
        { spec: { containers: [container({ image: 'other:2' })] } },
        { 'spec.containers.0.image': 'other:2' },
      ),
    ],
  },
];
