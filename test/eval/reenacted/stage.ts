/** The stage of the re-enactments: `store` and its Service, and `orders`, which calls it. */
import type { KubeObject } from '../../../src/shapes/kube.ts';
import { app, crash, type Fault, fault, make, ROLLBACK, service } from '../fault-makers.ts';

type Fields = Readonly<Record<string, unknown>>;
type Parts = Parameters<typeof app>[1];

export const STORE = ['Deployment', 'store'] as const;
export const ORDERS = ['Deployment', 'orders'] as const;

export const store = (parts: Parts = {}): KubeObject => app('store', parts);
export const orders = (parts: Parts = {}): KubeObject =>
  app('orders', { ...parts, container: { env: [{ name: 'STORE_ADDR', value: 'store:80' }], ...parts?.container } });

type Told = Omit<Fault, 'name' | 'family' | 'objects' | 'root'> & { readonly root?: Fault['root'] };

/** Both apps with their Services, of which some objects are replaced and some are added. */
export const scene = (
  name: string,
  family: string,
  changed: readonly KubeObject[],
  { root = STORE, ...told }: Told,
): Fault => {
  // What rules over others comes before them.
  const first = changed.filter(({ kind }) => kind === 'Namespace' || kind === 'ResourceQuota');
  const all = [store(), service('store'), orders(), service('orders')];
  const same = (a: KubeObject, b: KubeObject): boolean => a.kind === b.kind && a.metadata.name === b.metadata.name;
  const kept = all.filter((one) => !changed.some((other) => same(one, other)));
  return fault(name, family, {
    objects: [...first, ...kept, ...changed.filter((one) => !first.includes(one))],
    root,
    ...told,
  });
};

/** `store` is broken by a script or by a part of its template. */
export const broken = (name: string, family: string, parts: Parts, causes: Fault['causes'], more: Partial<Told> = {}) =>
  scene(name, family, [store(parts)], { causes, fits: ROLLBACK, ...more });

/** Nothing else is there: what hinders `store` would hinder others, too. */
export const alone = (
  name: string,
  family: string,
  parts: Parts,
  causes: Fault['causes'],
  more: Partial<Told> = {},
): Fault =>
  fault(name, family, { objects: [store(parts), service('store')], root: STORE, causes, fits: ROLLBACK, ...more });

/** `orders` ends, and says why. */
export const says = (name: string, line: string, causes: Fault['causes'], more: Partial<Told> = {}): Fault =>
  scene(name, 'runtime', [orders({ script: [crash(1, [line])] })], { causes, fits: [], root: ORDERS, ...more });

export const init = (script: Fields): Parts => ({
  script: [{ when: { container: 'wait' }, ...script }],
  spec: { initContainers: [{ name: 'wait', image: 'registry.example/team/wait:1' }] },
});

export const claim = (name: string, spec: Fields = {}): KubeObject =>
  make('PersistentVolumeClaim', name, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });

export const mounts = (claimName: string): Fields => ({
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
});

/** `store` may not share a node with another of its pods. */
export const APART: Fields = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'store' } } },
      ],
    },
  },
};
