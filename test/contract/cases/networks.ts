/** What networks, their ways in, and volumes may be. */
import type { ContractCase } from '../case.ts';
import { causes, create, invalid, merge, remove } from '../steps.ts';

const NETWORKING = '/apis/networking.k8s.io/v1';
const POLICIES = `${NETWORKING}/namespaces/{ns}/networkpolicies`;
const INGRESSES = `${NETWORKING}/namespaces/{ns}/ingresses`;
const INGRESS_CLASSES = `${NETWORKING}/ingressclasses`;
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices';
const STORAGE_CLASSES = '/apis/storage.k8s.io/v1/storageclasses';
const VOLUMES = '/api/v1/persistentvolumes';
const networkPolicy = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'n' },
  spec: { podSelector: {}, ...spec },
});
const ingress = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'i' },
  spec,
});
const backend = { service: { name: 's', port: { number: 80 } } };

export const NETWORKS: readonly ContractCase[] = [
  {
    title: 'ports of a network policy are numbers in order or names, and its peers one kind of thing',
    steps: [
      causes(
        create(
          POLICIES,
          networkPolicy({
            ingress: [
              {
                ports: [{ port: 80, endPort: 70 }, { port: 'web', endPort: 90 }, { endPort: 1 }],
                from: [{}, { podSelector: {}, ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }],
              },
            ],
          }),
        ),
        ['spec.ingress[0].ports[0].endPort', 'Invalid value: 80: must be greater than or equal to `port`'],
        ['spec.ingress[0].ports[1].endPort', 'Invalid value: 90: may not be specified when `port` is non-numeric'],
        ['spec.ingress[0].ports[2].endPort', 'Invalid value: 1: may not be specified when `port` is not specified'],
        ['spec.ingress[0].from[0]', 'Required value: must specify a peer'],
        [
          'spec.ingress[0].from[1].ipBlock.except[0]',
          'Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        ],
        ['spec.ingress[0].from[1]', 'Forbidden: may not specify both ipBlock and another peer'],
      ),
    ],
  },
  {
    title: 'an ingress needs rules or a backend, and each backend a service or a resource',
    steps: [
      invalid(create(INGRESSES, ingress({})), 'spec', [
        'FieldValueInvalid',
        'Invalid value: null: either `defaultBackend` or `rules` must be specified',
      ]),
      causes(
        create(
          INGRESSES,
          ingress({
            rules: [
              { host: '10.0.0.1' },
              { http: { paths: [{ path: '/a', pathType: 'Prefix', backend: {} }] } },
              { http: { paths: [] } },
            ],
          }),
        ),
        ['spec.rules[0].host', 'Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
        ['spec.rules[1].http.paths[0].backend', 'Invalid value: "": resource or service backend is required'],
        ['spec.rules[2].http.paths', 'Required value'],
      ),
      create(
        INGRESSES,
        ingress({ rules: [{ host: '*.example.org', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] }),
      ),
    ],
  },
  {
    title: 'the controller of an ingress class is a path of a domain and stays',
    steps: [
      invalid(
        create(INGRESS_CLASSES, {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'IngressClass',
          metadata: { name: 'bad-{id}' },
          spec: { controller: 'nginx' },
        }),
        'spec.controller',
        ['FieldValueInvalid', 'Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")'],
      ),
      create(INGRESS_CLASSES, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'ic-{id}' },
        spec: { controller: 'example.org/one' },
      }),
      invalid(merge(`${INGRESS_CLASSES}/ic-{id}`, { spec: { controller: 'example.org/two' } }), 'spec.controller', [
        'FieldValueInvalid',
        'Invalid value: "example.org/two": field is immutable',
      ]),
    ],
    after: [remove(`${INGRESS_CLASSES}/ic-{id}`)],
  },
  {
    title: 'an endpoint slice says what its addresses are, and its ports have different names',
    steps: [
      causes(
        create(SLICES, {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'e' },
          endpoints: [{ addresses: [] }],
          ports: [{ port: 80 }, { port: 81 }],
        }),
        ['addressType', 'Required value'],
        ['ports[1].name', 'Duplicate value: ""'],
        ['endpoints[0].addresses', 'Required value: must contain at least 1 address'],
      ),
    ],
  },
  {
    title: 'a storage class has a provisioner, and only its options may change later',
    steps: [
      invalid(
        create(STORAGE_CLASSES, {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: 'bad-{id}' },
        }),
        'provisioner',
        'FieldValueRequired',
      ),
      create(
        STORAGE_CLASSES,
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: 'sc-{id}' },
          provisioner: 'example.org/disk',
        },
        { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
      ),
      causes(
        merge(`${STORAGE_CLASSES}/sc-{id}`, { parameters: { a: 'b' }, volumeBindingMode: 'WaitForFirstConsumer' }),
        ['parameters', 'Invalid value: {"a":"b"}: field is immutable'],
        ['volumeBindingMode', 'Invalid value: "WaitForFirstConsumer": field is immutable'],
      ),
      merge(`${STORAGE_CLASSES}/sc-{id}`, { allowVolumeExpansion: true }, { allowVolumeExpansion: true }),
    ],
    after: [remove(`${STORAGE_CLASSES}/sc-{id}`)],
  },
  {
    title: 'a persistent volume has a size, modes and one source',
    steps: [
      causes(
        create(VOLUMES, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-{id}' }, spec: {} }),
        ['spec.accessModes', 'Required value'],
        ['spec.capacity', 'Required value'],
        ['spec.capacity', 'Unsupported value: null: supported values: "storage"'],
        ['spec', 'Required value: must specify a volume type'],
      ),
      causes(
        create(VOLUMES, {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: 'pv-{id}' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            capacity: { storage: '1Gi' },
            hostPath: { path: '/a/../b' },
            nfs: { server: 's', path: '/' },
          },
        }),
        ['spec.hostPath.path', 'Invalid value: "/a/../b": must not contain \'..\''],
        ['spec.nfs', 'Forbidden: may not specify more than 1 volume type'],
      ),
    ],
  },
];
