/** Rules of single fields and what they say together, by kind. Expectations: the sources that the README names. */
import { describe, expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { at, type Draft } from '../machinery/json.ts';
import { change, create, type Kind } from '../test-kit/one-object.ts';

const pod = { containers: [{ name: 'c', image: 'i:1' }] };
const job = { spec: { template: { metadata: { labels: { a: 'b' } }, spec: { ...pod, restartPolicy: 'Never' } } } };
const balancer = { spec: { type: 'LoadBalancer', loadBalancerClass: 'x.io/y', ports: [{ port: 80 }] } };
const involved = { kind: 'Pod', namespace: 'default', name: 'p' };

describe('A new object is refused for', () => {
  test.each<[string, Kind, Draft, readonly string[]]>([
    [
      'a way to label that stands behind a gate',
      'pods',
      { spec: { ...pod, securityContext: { seLinuxChangePolicy: 'MountOption' } } },
      ['spec.securityContext.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"'],
    ],
    [
      'a name that its claim cannot have',
      'pods',
      {
        spec: {
          ...pod,
          volumes: [
            {
              name: 'V',
              ephemeral: {
                volumeClaimTemplate: {
                  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
                },
              },
            },
          ],
        },
      },
      [
        expect.stringContaining('spec.volumes[0].name: Invalid value: "V": PVC name "x-V": ') as string,
        expect.stringContaining('spec.volumes[0].name: Invalid value: "V": a lowercase RFC 1123 label') as string,
      ],
    ],
    [
      'an address of a protocol that is none',
      'endpoints',
      { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1, appProtocol: 'a b' }] }] },
      [expect.stringContaining('subsets[0].ports[0].appProtocol: Invalid value: "a b"') as string],
    ],
    [
      'an event that nobody reports, in the words of its group',
      'events',
      {
        involvedObject: involved,
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingInstance: 'i',
        action: 'a',
        reason: 'r',
      },
      [
        'reportingComponent: Required value',
        'reportingComponent: Invalid value: "": name part must be non-empty',
        expect.stringContaining('reportingComponent: Invalid value: ""') as string,
      ],
    ],
    [
      'less than nothing of a volume',
      'volumes',
      { spec: { capacity: { storage: '-1' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } },
      [
        'spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
        'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
      ],
    ],
    ['a class without a handler', 'runtimes', {}, ['handler: Required value']],
    [
      'what it tolerates twice',
      'runtimes',
      { handler: 'h', scheduling: { tolerations: [{ operator: 'Exists' }, { operator: 'Exists' }] } },
      [
        'scheduling.tolerations[1]: Duplicate value: {"Key":"","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}',
      ],
    ],
    [
      'a goal of no use at all, as the version that it is stored in has it',
      'autoscalers',
      {
        apiVersion: 'autoscaling/v1',
        spec: {
          maxReplicas: 2,
          targetCPUUtilizationPercentage: 0,
          scaleTargetRef: { kind: 'D', name: 'd', apiVersion: 'a/b/c' },
        },
      },
      [
        'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      ],
    ],
    [
      'a share that is none, which counts for nothing',
      'daemonSets',
      {
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: pod },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 'some', maxSurge: 0 } },
        },
      },
      [
        expect.stringContaining('rollingUpdate.maxUnavailable: Invalid value: "some"') as string,
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
      ],
    ],
    [
      'what it says, and only then for its name',
      'budgets',
      { metadata: { name: 'a%b' }, spec: { minAvailable: -1 } },
      ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'its name alone',
      'budgets',
      { metadata: { name: 'a%b' }, spec: { minAvailable: 1 } },
      ['metadata.name: Invalid value: "a%b": may not contain \'%\''],
    ],
    [
      'topologies that say nothing',
      'classes',
      { provisioner: 'p.io/x', allowedTopologies: [{}] },
      ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'],
    ],
    [
      'a selector of roles that cannot be read',
      'clusterRoles',
      { aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'k', operator: 'Is' }] }] } },
      [
        'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.',
      ],
    ],
    [
      'a user without a name, once',
      'roleBindings',
      { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User' }] },
      ['subjects[0].name: Required value'],
    ],
  ])('%s', (_, kind, body, causes) => {
    expect(refusedFields(() => create(kind, body))).toEqual(causes);
  });
});

describe('A change is refused for', () => {
  test.each<[string, Kind, Draft, Draft, readonly string[]]>([
    [
      'a class of balancers, which is looked at twice',
      'services',
      balancer,
      { spec: { loadBalancerClass: 'a b' } },
      [
        'spec.loadBalancerClass: Invalid value: "a b": may not change once set',
        expect.stringContaining('spec.loadBalancerClass: Invalid value: "a b": name part') as string,
        expect.stringContaining('spec.loadBalancerClass: Invalid value: "a b": name part') as string,
      ],
    ],
    [
      'tokens of no account, which templates may have',
      'pods',
      { spec: pod },
      {
        spec: {
          serviceAccountName: '',
          serviceAccount: '',
          volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
        },
      },
      [
        'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
        expect.stringContaining('spec: Forbidden: pod updates may not change fields other than') as string,
      ],
    ],
    [
      'what is immutable before what its new value is',
      'configMaps',
      { data: { a: 'b' }, immutable: true },
      { data: { 'a b': 'c' } },
      [
        'data: Forbidden: field is immutable when `immutable` is set',
        expect.stringContaining('data[a b]: Invalid value: "a b"') as string,
      ],
    ],
    [
      'the type of a secret before its keys',
      'secrets',
      { type: 'Opaque', data: {} },
      { type: 'kubernetes.io/ssh-auth' },
      ['type: Invalid value: "kubernetes.io/ssh-auth": field is immutable', 'data[ssh-privatekey]: Required value'],
    ],
    [
      'a controller that is another and none',
      'ingressClasses',
      { spec: { controller: 'x.io/y' } },
      { spec: { controller: '' } },
      ['spec.controller: Invalid value: "": field is immutable', 'spec.controller: Required value'],
    ],
    [
      'a value and a policy of preemption',
      'priorities',
      { value: 5 },
      { value: 6, preemptionPolicy: 'Some' },
      [
        'value: Forbidden: may not be changed in an update.',
        'preemptionPolicy: Invalid value: "Some": field is immutable',
      ],
    ],
    [
      'another place of a volume, as the server holds it',
      'volumes',
      {
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          hostPath: { path: '/x' },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } },
        },
      },
      { spec: { nodeAffinity: { required: { nodeSelectorTerms: [{ matchFields: [] }] } } } },
      [
        expect.stringContaining(
          'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":null,"MatchFields":',
        ) as string,
      ],
    ],
  ])('%s', (_, kind, body, changed, causes) => {
    expect(change(kind, body, changed)).toEqual(causes);
  });

  test.each<[string, Draft, string]>([
    ['a template, whose metadata is shown inlined', {}, 'spec.template: Invalid value: {"labels":{'],
    [
      'the pods of a suspended Job, which is all that is looked at',
      { suspend: true },
      'spec.template.spec: Invalid value: {"Volumes":null,',
    ],
  ])('%s', (_, spec, start) => {
    const [cause = ''] = change(
      'jobs',
      { spec: { ...job.spec, ...spec } },
      { spec: { template: { spec: { hostname: 'h' } } } },
    );
    expect(cause.startsWith(start)).toBe(true);
    expect(cause.endsWith(': field is immutable')).toBe(true);
  });

  test('a policy of failures, by its own names', () => {
    const rule = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] };
    const body = { spec: { ...job.spec, podFailurePolicy: { rules: [rule] } } };
    expect(change('jobs', body, { spec: { podFailurePolicy: { rules: [{ ...rule, action: 'Count' }] } } })).toEqual([
      'spec.podFailurePolicy: Invalid value: {"Rules":[{"Action":"Count","OnExitCodes":null,"OnPodConditions":[{"Type":"DisruptionTarget","Status":"True"}]}]}: field is immutable',
    ]);
  });
});

describe('The server keeps or fills in', () => {
  test.each<[string, Kind, Draft, string, unknown]>([
    [
      'no negative grace',
      'pods',
      { spec: { ...pod, terminationGracePeriodSeconds: -1 } },
      'spec.terminationGracePeriodSeconds',
      1,
    ],
    ['of a secret to mount its name', 'accounts', { secrets: [{ name: 's', kind: 'k' }] }, 'secrets', [{ name: 's' }]],
    [
      'one range of a node for both fields',
      'nodes',
      { spec: { podCIDRs: ['10.1.0.0/24'] } },
      'spec.podCIDR',
      '10.1.0.0/24',
    ],
    [
      'nothing of an election that stands behind a gate',
      'leases',
      { spec: { strategy: 's', preferredHolder: 'p' } },
      'spec',
      {},
    ],
    [
      'nothing of where endpoints were said to be',
      'slices',
      { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], deprecatedTopology: { a: 'b' } }], ports: [] },
      'endpoints',
      [{ addresses: ['10.0.0.1'] }],
    ],
    [
      'a hold on a class of attributes',
      'attributes',
      { driverName: 'd.io', parameters: { a: 'b' } },
      'metadata.finalizers',
      ['kubernetes.io/vac-protection'],
    ],
  ])('%s', (_, kind, body, path, expected) => {
    expect(at(create(kind, body), ...path.split('.'))).toEqual(expected);
  });

  test('the labels of its template where a Job has none, with those that are generated', () => {
    const made = create('jobs', job);
    const template = at(made, 'spec', 'template', 'metadata', 'labels') as Draft;
    expect(made.metadata.labels).toEqual(template);
    expect(Object.keys(template).length).toBe(5);
    expect(create('jobs', { ...job, metadata: { labels: { own: 'x' } } }).metadata.labels).toEqual({ own: 'x' });
  });
});
