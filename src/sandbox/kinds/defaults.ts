/** Small steps that several kinds' defaulting share. */
import { formatQuantity, parseQuantity } from '../../std/quantity.ts';
import { asNumber, asObject, asText, type Draft, isObject, objectsOf, setDefault } from '../machinery/json.ts';
import { pullPolicy } from './image-reference.ts';
import { podLevelDefaults } from './pod-level.ts';

/** Sets fields that are absent, in the order given. */
export function setDefaults(target: Draft, values: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(values)) setDefault(target, field, value);
}

/** The object at `field` when it is there. */
export function within(parent: Draft | undefined, field: string, change: (child: Draft) => void): void {
  const child = asObject(parent?.[field]);
  if (child) change(child);
}

function getDefaults(get: Draft): void {
  setDefaults(get, { path: '/', scheme: 'HTTP' });
}

function probeDefaults(probe: Draft): void {
  within(probe, 'httpGet', (get) => {
    getDefaults(get);
    if (get['path'] === '') get['path'] = '/';
  });
  within(probe, 'grpc', (grpc) => setDefault(grpc, 'service', ''));
  setDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
}

/** Nothing finer than a thousandth is kept. */
function roundAmounts(amounts: Draft): void {
  for (const name of Object.keys(amounts)) {
    const amount = asText(amounts[name]);
    const quantity = amount.endsWith('n') || amount.endsWith('u') ? parseQuantity(amount) : undefined;
    if (!quantity || quantity.nano % NANO_OF_MILLI === 0n) continue;
    const up = quantity.nano < 0n ? 0n : 1n;
    amounts[name] = formatQuantity({ ...quantity, nano: (quantity.nano / NANO_OF_MILLI + up) * NANO_OF_MILLI });
  }
}

function roundResources(resources: Draft): void {
  within(resources, 'limits', roundAmounts);
  within(resources, 'requests', roundAmounts);
}

const NANO_OF_MILLI = 1_000_000n;

function lifecycleDefaults(lifecycle: Draft): void {
  for (const hook of ['postStart', 'preStop'])
    within(lifecycle, hook, (handler) => within(handler, 'httpGet', getDefaults));
  // Of a gate that is off by default.
  delete lifecycle['stopSignal'];
}

function containerDefaults(container: Draft): void {
  setDefault(container, 'resources', {});
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  if (asText(container['imagePullPolicy']) === '')
    container['imagePullPolicy'] = pullPolicy(asText(container['image']));
  for (const port of objectsOf(container['ports'])) setDefault(port, 'protocol', 'TCP');
  within(container, 'livenessProbe', probeDefaults);
  within(container, 'readinessProbe', probeDefaults);
  within(container, 'startupProbe', probeDefaults);
  within(container, 'lifecycle', lifecycleDefaults);
  for (const env of objectsOf(container['env']))
    within(asObject(env['valueFrom']), 'fieldRef', (ref) => setDefault(ref, 'apiVersion', 'v1'));
  within(container, 'resources', roundResources);
}

/** What is limited and not requested is requested as much. */
function requestLimits(resources: Draft): void {
  const limits = asObject(resources['limits']);
  if (!limits || Object.keys(limits).length === 0) return;
  const requests: Draft = { ...asObject(resources['requests']) };
  for (const [name, amount] of Object.entries(limits)) if (requests[name] === undefined) requests[name] = amount;
  resources['requests'] = requests;
}

const MODE = 420;

const FALLBACKS: Readonly<Record<string, Draft>> = {
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
  hostPath: { type: '' },
};

/** Of a volume of a pod, or of the spec of one of the cluster. */
export function sourceDefaults(holder: Draft): void {
  for (const [name, values] of Object.entries(FALLBACKS)) {
    const source = asObject(holder[name]);
    if (source) setDefaults(source, values);
  }
}

function volumeDefaults(volume: Draft): void {
  const sources = Object.keys(volume).filter((field) => field !== 'name');
  if (sources.length === 0) volume['emptyDir'] = {};
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected'])
    within(volume, source, (child) => setDefault(child, 'defaultMode', MODE));
  const items = [...objectsOf(asObject(volume['downwardAPI'])?.['items'])];
  for (const source of objectsOf(asObject(volume['projected'])?.['sources'])) {
    within(source, 'serviceAccountToken', (child) => setDefault(child, 'expirationSeconds', 3600));
    // Of gates that are off by default.
    for (const gated of ['clusterTrustBundle', 'podCertificate']) delete source[gated];
    items.push(...objectsOf(asObject(source['downwardAPI'])?.['items']));
  }
  for (const item of items) within(item, 'fieldRef', (ref) => setDefault(ref, 'apiVersion', 'v1'));
  within(volume, 'ephemeral', (child) =>
    within(asObject(child['volumeClaimTemplate']), 'spec', (spec) => setDefault(spec, 'volumeMode', 'Filesystem')),
  );
  sourceDefaults(volume);
  within(volume, 'image', (child) => {
    if (asText(child['pullPolicy']) === '') child['pullPolicy'] = pullPolicy(asText(child['reference']));
  });
}

/** Of `spec` of a pod or of a pod template. */
export function podSpecDefaults(spec: Draft): void {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'])
    if (spec[list] !== undefined) objectsOf(spec[list]).forEach(containerDefaults);
  if (spec['volumes'] !== undefined) objectsOf(spec['volumes']).forEach(volumeDefaults);
  for (const text of ['restartPolicy', 'dnsPolicy', 'schedulerName']) if (spec[text] === '') delete spec[text];
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  const account = asText(spec['serviceAccountName']) || asText(spec['serviceAccount']);
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  within(spec, 'resources', roundResources);
  // Of a gate that is off by default.
  delete spec['schedulingGroup'];
}

/** Of a pod's spec, where those of a template would show in what it makes. */
export function podDefaults(spec: Draft): void {
  podSpecDefaults(spec);
  if ((asNumber(spec['terminationGracePeriodSeconds']) ?? 0) < 0) spec['terminationGracePeriodSeconds'] = 1;
  for (const list of ['initContainers', 'containers'])
    for (const container of objectsOf(spec[list])) {
      within(container, 'resources', requestLimits);
      if (spec['hostNetwork'] !== true) continue;
      for (const port of objectsOf(container['ports'])) setDefault(port, 'hostPort', port['containerPort']);
    }
  podLevelDefaults(spec);
  setDefault(spec, 'enableServiceLinks', true);
}

export function templateDefaults(owner: Draft | undefined): void {
  const template = asObject(owner?.['template']);
  if (!template) return;
  if (!isObject(template['spec'])) template['spec'] = {};
  podSpecDefaults(template['spec'] as Draft);
  if (!isObject(template['metadata'])) template['metadata'] = {};
}
