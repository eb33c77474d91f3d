import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Gvr } from '../machinery/cluster.ts';
import { isApiError } from '../machinery/errors.ts';
import { at, type Draft } from '../machinery/json.ts';

const core = (resource: string): Gvr => ({ group: '', version: 'v1', resource });
const pods = core('pods');
const claims = core('persistentvolumeclaims');
const classes: Gvr = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };
const storageClasses: Gvr = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };

/** With access on, as a server that has accounts. */
function newServer(): ApiServer {
  const access = { mode: 'on', users: new Map(), anonymous: 'refused' } as const;
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(3), access });
  server.cluster.create(core('serviceaccounts'), object('default', { imagePullSecrets: [{ name: 'registry' }] }));
  return server;
}

const object = (name: string, rest: Draft = {}): KubeObject =>
  ({ metadata: { name, namespace: 'default' }, ...rest }) as unknown as KubeObject;
const pod = (name: string, spec: Draft = {}): KubeObject =>
  object(name, { spec: { containers: [{ name: 'main', image: 'app:1' }], ...spec } });
const claim = (name: string, spec: Draft = {}): KubeObject =>
  object(name, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });

/** The refusal's message; undefined when it went through. */
function refusal(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (isApiError(error)) return error.message;
    throw error;
  }
}

describe('ServiceAccount', () => {
  test('mounts the token, pulls with the secrets of the account, and leaves what the pod says of itself', () => {
    const { cluster } = newServer();
    const made = cluster.create(pods, pod('p'));
    expect(at(made, 'spec', 'serviceAccountName')).toBe('default');
    expect(at(made, 'spec', 'imagePullSecrets')).toEqual([{ name: 'registry' }]);
    const [volume] = at(made, 'spec', 'volumes') as readonly Draft[];
    expect(volume?.['name']).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(at(made, 'spec', 'containers')).toMatchObject([
      { volumeMounts: [{ name: volume?.['name'], mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] },
    ]);
    const own = cluster.create(
      pods,
      pod('q', { automountServiceAccountToken: false, imagePullSecrets: [{ name: 'mine' }] }),
    );
    expect(at(own, 'spec', 'volumes')).toBeUndefined();
    expect(at(own, 'spec', 'imagePullSecrets')).toEqual([{ name: 'mine' }]);
  });

  test('lets no pod run as an account that is not there', () => {
    const { cluster } = newServer();
    expect(refusal(() => cluster.create(pods, pod('p', { serviceAccountName: 'other' })))).toBe(
      'pods "p" is forbidden: error looking up service account default/other: serviceaccount "other" not found',
    );
    expect(refusal(() => cluster.create(pods, pod('p', { serviceAccountName: 'a/b%' })))).toBe(
      `pods "p" is forbidden: error looking up service account default/a/b%: invalid resource name "a/b%": [may not contain '/' may not contain '%']`,
    );
  });

  test('holds an account to the secrets that it lists, where it says so', () => {
    const { cluster } = newServer();
    cluster.create(core('serviceaccounts'), {
      metadata: {
        name: 'strict',
        namespace: 'default',
        annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
      },
    } as unknown as KubeObject);
    const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }];
    expect(
      refusal(() =>
        cluster.create(
          pods,
          pod('p', { serviceAccountName: 'strict', containers: [{ name: 'main', image: 'i', env }] }),
        ),
      ),
    ).toBe(
      'pods "p" is forbidden: container main with envVar E referencing secret.secretName="s" is not allowed because service account strict does not reference that secret',
    );
  });
});

describe('PodSecurity', () => {
  const inside = (labels: Draft) => {
    const server = newServer();
    server.cluster.modify(core('namespaces'), { name: 'default' }, (draft) => {
      Object.assign(draft.metadata, { labels: { ...draft.metadata.labels, ...labels } });
      return draft;
    });
    return server;
  };

  test('refuses at the level of the namespace, baseline checks before restricted ones', () => {
    const { cluster } = inside({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(refusal(() => cluster.create(pods, pod('p', { hostNetwork: true })))).toBe(
      'pods "p" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    const old = inside({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.18',
    });
    const unconfined = { securityContext: { seccompProfile: { type: 'Unconfined' } } };
    expect(old.cluster.create(pods, pod('p', unconfined))).toBeDefined();
    const safe = {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image: 'i',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    };
    expect(refusal(() => cluster.create(pods, pod('q', safe)))).toBeUndefined();
  });

  test.each<[string, Draft, string]>([
    [
      'a port of the node',
      { ports: [{ containerPort: 80, hostPort: 80 }] },
      'hostPort (container "main" uses hostPort 80)',
    ],
    [
      'a privileged container',
      { securityContext: { privileged: true } },
      'privileged (container "main" must not set securityContext.privileged=true)',
    ],
    [
      'a capability',
      { securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } } },
      'non-default capabilities (container "main" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
  ])('refuses %s at baseline', (_, container, why) => {
    const { cluster } = inside({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.30',
    });
    expect(
      refusal(() => cluster.create(pods, pod('p', { containers: [{ name: 'main', image: 'i', ...container }] }))),
    ).toBe(`pods "p" is forbidden: violates PodSecurity "baseline:v1.30": ${why}`);
  });

  test('refuses labels that name no level', () => {
    const { cluster } = newServer();
    expect(
      refusal(() =>
        cluster.create(core('namespaces'), {
          metadata: { name: 'n', labels: { 'pod-security.kubernetes.io/enforce': 'strict' } },
        } as unknown as KubeObject),
      ),
    ).toBe(
      'Namespace "n" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
  });
});

describe('Priority', () => {
  test('a pod takes the default class, of which there is one', () => {
    const { cluster } = newServer();
    cluster.create(classes, object('usual', { value: 7, globalDefault: true }));
    const made = cluster.create(pods, pod('p'));
    expect(at(made, 'spec', 'priorityClassName')).toBe('usual');
    expect(at(made, 'spec', 'priority')).toBe(7);
    expect(refusal(() => cluster.create(classes, object('other', { value: 8, globalDefault: true })))).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
    expect(refusal(() => cluster.create(pods, pod('q', { priorityClassName: 'none' })))).toBe(
      'pods "q" is forbidden: no PriorityClass with name none was found',
    );
  });

  test('the system has its classes from the start', () => {
    const made = newServer().cluster.create(pods, pod('p', { priorityClassName: 'system-node-critical' }));
    expect(at(made, 'spec', 'priority')).toBe(2_000_001_000);
  });
});

describe('Claims', () => {
  const marked = (name: string, more: Draft = {}): KubeObject =>
    ({
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'example.org/disk',
      ...more,
    }) as unknown as KubeObject;

  test('take the default class, and grow when they are bound and it lets them', () => {
    const { cluster } = newServer();
    cluster.create(storageClasses, marked('fast', { allowVolumeExpansion: true }));
    expect(at(cluster.create(claims, claim('c')), 'spec', 'storageClassName')).toBe('fast');
    const grow = () =>
      cluster.modify(claims, { namespace: 'default', name: 'c' }, (draft) => {
        draft['spec'].resources.requests.storage = '2Gi';
        return draft;
      });
    expect(refusal(grow)).toContain('spec is immutable after creation');
    cluster.modify(
      claims,
      { namespace: 'default', name: 'c' },
      (draft) => ({ ...draft, status: { phase: 'Bound', capacity: { storage: '1Gi' } } }),
      'status',
    );
    expect(refusal(grow)).toBeUndefined();
    cluster.modify(storageClasses, { name: 'fast' }, (draft) => ({ ...draft, allowVolumeExpansion: false }));
    const more = () =>
      cluster.modify(claims, { namespace: 'default', name: 'c' }, (draft) => {
        draft['spec'].resources.requests.storage = '3Gi';
        return draft;
      });
    expect(refusal(more)).toBe(
      'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  });

  test('are held to the limits of their namespace', () => {
    const { cluster } = newServer();
    const limits = [{ type: 'PersistentVolumeClaim', min: { storage: '2Gi' }, max: { storage: '3Gi' } }];
    cluster.create(core('limitranges'), object('l', { spec: { limits } }));
    expect(refusal(() => cluster.create(claims, claim('c')))).toBe(
      'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi',
    );
  });
});

describe('ResourceQuota', () => {
  function limited(hard: Draft): ApiServer {
    const server = newServer();
    server.cluster.create(core('resourcequotas'), object('q', { spec: { hard } }));
    const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
    server.cluster.modify(
      core('resourcequotas'),
      { namespace: 'default', name: 'q' },
      (draft) => ({ ...draft, status: { hard, used } }),
      'status',
    );
    return server;
  }

  test('counts the ports and balancers of Services, and what their type comes to use', () => {
    const { cluster } = limited({ 'services.nodeports': '1', 'services.loadbalancers': '0' });
    const service = (name: string, spec: Draft) => object(name, { spec: { ports: [{ port: 80 }], ...spec } });
    cluster.create(core('services'), service('a', { type: 'NodePort' }));
    expect(refusal(() => cluster.create(core('services'), service('b', { type: 'LoadBalancer' })))).toBe(
      'services "b" is forbidden: exceeded quota: q, requested: services.loadbalancers=1,services.nodeports=1, used: services.loadbalancers=0,services.nodeports=1, limited: services.loadbalancers=0,services.nodeports=1',
    );
    cluster.create(core('services'), service('c', {}));
    expect(
      refusal(() =>
        cluster.modify(core('services'), { namespace: 'default', name: 'c' }, (draft) => {
          draft['spec'].type = 'NodePort';
          return draft;
        }),
      ),
    ).toBe(
      'services "c" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
  });

  test('adds up storage, by class as well', () => {
    const { cluster } = limited({
      'requests.storage': '3Gi',
      'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
    });
    cluster.create(claims, claim('a', { storageClassName: 'fast' }));
    expect(refusal(() => cluster.create(claims, claim('b', { storageClassName: 'fast' })))).toBe(
      'persistentvolumeclaims "b" is forbidden: exceeded quota: q, requested: fast.storageclass.storage.k8s.io/requests.storage=1Gi, used: fast.storageclass.storage.k8s.io/requests.storage=1Gi, limited: fast.storageclass.storage.k8s.io/requests.storage=1Gi',
    );
    expect(refusal(() => cluster.create(claims, claim('c')))).toBeUndefined();
  });

  test('is about the pods of its scopes alone', () => {
    const server = newServer();
    server.cluster.create(
      core('resourcequotas'),
      object('q', { spec: { hard: { pods: '0' }, scopes: ['BestEffort'] } }),
    );
    server.cluster.modify(
      core('resourcequotas'),
      { namespace: 'default', name: 'q' },
      (draft) => ({ ...draft, status: { hard: { pods: '0' }, used: { pods: '0' } } }),
      'status',
    );
    expect(refusal(() => server.cluster.create(pods, pod('p')))).toContain('exceeded quota: q');
    const containers = [{ name: 'main', image: 'i', resources: { requests: { cpu: '1m' } } }];
    expect(refusal(() => server.cluster.create(pods, pod('p', { containers })))).toBeUndefined();
  });
});

describe('PodTopologyLabels', () => {
  const nodes = core('nodes');
  const zone = { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1' };
  const node = (name: string, labels: Draft): KubeObject => ({ metadata: { name, labels } }) as unknown as KubeObject;

  test('labels a pod that is made with its node, and one that is bound', async () => {
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(3) });
    server.cluster.create(nodes, node('n', { ...zone, disk: 'ssd' }));
    expect(server.cluster.create(pods, pod('p', { nodeName: 'n' })).metadata.labels).toEqual(zone);
    expect(server.cluster.create(pods, pod('q', { nodeName: 'gone' })).metadata.labels).toBeUndefined();
    server.cluster.create(pods, pod('r'));
    await server.handle({
      method: 'POST',
      path: '/api/v1/namespaces/default/pods/r/binding',
      headers: {},
      body: JSON.stringify({ metadata: { name: 'r' }, target: { kind: 'Node', name: 'n' } }),
    });
    expect(server.cluster.get(pods, { namespace: 'default', name: 'r' })?.metadata.labels).toEqual(zone);
  });
});
