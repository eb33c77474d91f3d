/**
 * The FlowSchemas and PriorityLevelConfigurations that every server makes: k8s.io/apiserver
 * pkg/apis/flowcontrol/bootstrap.
 */
import type { KubeObject } from '../../shapes/kube.ts';

const GROUP = 'flowcontrol.apiserver.k8s.io';
const metadata = (name: string) => ({ name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } });

const level = (name: string, spec: object): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'PriorityLevelConfiguration',
  metadata: metadata(name),
  spec,
});

interface Queues {
  readonly shares: number;
  readonly lendable: number;
  readonly queues: number;
  readonly hand: number;
}

const queuing = (name: string, { shares, lendable, queues, hand }: Queues): KubeObject =>
  level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse: { type: 'Queue', queuing: { queues, handSize: hand, queueLengthLimit: 50 } },
    },
  });

export const PRIORITY_LEVELS: readonly KubeObject[] = [
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level('catch-all', {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  }),
  queuing('system', { shares: 30, lendable: 33, queues: 64, hand: 6 }),
  queuing('node-high', { shares: 40, lendable: 25, queues: 64, hand: 6 }),
  queuing('leader-election', { shares: 10, lendable: 0, queues: 16, hand: 4 }),
  queuing('workload-high', { shares: 40, lendable: 50, queues: 128, hand: 6 }),
  queuing('workload-low', { shares: 100, lendable: 90, queues: 128, hand: 6 }),
  queuing('global-default', { shares: 20, lendable: 50, queues: 128, hand: 6 }),
];

const groups = (...names: readonly string[]) => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: readonly string[]) => names.map((name) => ({ kind: 'User', user: { name } }));
const SYSTEM_ACCOUNTS = [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: '*' } }];
const EVERYBODY = groups('system:unauthenticated', 'system:authenticated');
const ANYTHING = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const LEASES = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] };
const BY_USER = { distinguisherMethod: { type: 'ByUser' } };
const BY_NAMESPACE = { distinguisherMethod: { type: 'ByNamespace' } };

interface Flow {
  readonly level: string;
  readonly precedence: number;
  readonly by?: object;
  readonly subjects: readonly object[];
  readonly rules?: object;
}

const FLOWS: Readonly<Record<string, Flow>> = {
  exempt: { level: 'exempt', precedence: 1, subjects: groups('system:masters') },
  'catch-all': { level: 'catch-all', precedence: 10_000, by: BY_USER, subjects: EVERYBODY },
  'system-nodes': { level: 'system', precedence: 500, by: BY_USER, subjects: groups('system:nodes') },
  'system-node-high': {
    level: 'node-high',
    precedence: 400,
    by: BY_USER,
    subjects: groups('system:nodes'),
    rules: {
      resourceRules: [
        {
          verbs: ['*'],
          apiGroups: [''],
          resources: ['nodes', 'nodes/status'],
          clusterScope: true,
          namespaces: ['*'],
        },
        { verbs: ['*'], ...LEASES },
      ],
    },
  },
  probes: {
    level: 'exempt',
    precedence: 2,
    subjects: EVERYBODY,
    rules: { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] },
  },
  'system-leader-election': {
    level: 'leader-election',
    precedence: 100,
    by: BY_USER,
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...SYSTEM_ACCOUNTS],
    rules: { resourceRules: [{ verbs: ['get', 'create', 'update'], ...LEASES }] },
  },
  'kube-controller-manager': {
    level: 'workload-high',
    precedence: 800,
    by: BY_NAMESPACE,
    subjects: users('system:kube-controller-manager'),
  },
  'kube-scheduler': {
    level: 'workload-high',
    precedence: 800,
    by: BY_NAMESPACE,
    subjects: users('system:kube-scheduler'),
  },
  'kube-system-service-accounts': {
    level: 'workload-high',
    precedence: 900,
    by: BY_NAMESPACE,
    subjects: SYSTEM_ACCOUNTS,
  },
  'service-accounts': {
    level: 'workload-low',
    precedence: 9000,
    by: BY_USER,
    subjects: groups('system:serviceaccounts'),
  },
  'global-default': { level: 'global-default', precedence: 9900, by: BY_USER, subjects: EVERYBODY },
};

export const FLOW_SCHEMAS: readonly KubeObject[] = Object.entries(FLOWS).map(([name, flow]) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'FlowSchema',
  metadata: metadata(name),
  spec: {
    priorityLevelConfiguration: { name: flow.level },
    matchingPrecedence: flow.precedence,
    ...flow.by,
    rules: [{ subjects: flow.subjects, ...(flow.rules ?? ANYTHING) }],
  },
}));
