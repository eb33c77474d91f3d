/**
 * The container of a pod as a process of this machine: the entry point of the image, the arguments and the environment
 * that the pod names, and its volumes as a kubelet fills them (the token of its ServiceAccount among them), below a
 * root that it cannot write. It has the machine's network, so that its ports are other ones.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { freePort } from './free-port.ts';
import type { ProcessCluster } from './process-cluster.ts';

const ROOT = join(import.meta.dirname, '../..');
const SCRIPT = join(import.meta.dirname, 'pod-root.sh');
const OWN_NAMESPACES = ['--user', '--map-root-user', '--mount'];

/** Whether this machine lets a process have a root of its own. */
export const hasOwnRoots = (): boolean => spawnSync('unshare', [...OWN_NAMESPACES, 'true']).status === 0;

interface Items {
  readonly name: string;
  readonly optional?: boolean;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}
interface Source {
  readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds?: number };
  readonly configMap?: Items;
  readonly downwardAPI?: {
    readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[];
  };
}
interface Volume extends Omit<Source, 'serviceAccountToken'> {
  readonly name: string;
  readonly secret?: Omit<Items, 'name'> & { readonly secretName: string };
  readonly projected?: { readonly sources: readonly Source[] };
  readonly emptyDir?: object;
}
interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}
export interface OperatorPod extends KubeObject {
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
}

export interface PodProcess {
  /** The one that runs now: one that has failed is started again, as the kubelet does. */
  readonly process: () => ChildProcess;
  /** Of this machine, by the names of the container's ports. */
  readonly ports: Readonly<Record<string, number>>;
  /** Where the volume of this name is on this machine. */
  readonly volume: (name: string) => string;
}

export async function podProcess(
  cluster: ProcessCluster,
  pod: OperatorPod,
  /** Of this machine, which the image has at the same places. */
  inImage: readonly string[],
): Promise<PodProcess> {
  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error('the pod has no container');
  const volume = (name: string): string => cluster.folder(`volumes/${pod.metadata.name}/${name}`);
  for (const one of pod.spec.volumes ?? []) await fill(cluster, pod, { ...one, folder: volume(one.name) });
  const mounts = (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => [volume(name), mountPath]);
  // As the Dockerfile lays them.
  const image = [join(ROOT, 'dist'), '/app', dirname(realpathSync(process.execPath)), '/nodejs/bin'];
  const entryPoint = ['/nodejs/bin/node', '/app/kubeskippy.js'];
  const ports: Record<string, number> = {};
  let args = container.args ?? [];
  for (const { name, containerPort } of container.ports ?? []) {
    const port = await freePort();
    ports[name] = port;
    args = args.map((arg) => arg.replace(new RegExp(`=:${containerPort}$`), `=127.0.0.1:${port}`));
  }
  const { hostname, port } = new URL(cluster.server());
  const named = (container.env ?? []).map(({ name, value, valueFrom }) => [
    name,
    value ?? fieldOf(pod, valueFrom?.fieldRef.fieldPath ?? ''),
  ]);
  const env = {
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    ...(Object.fromEntries(named) as Record<string, string>),
  };
  const same = inImage.flatMap((folder) => [folder, folder]);
  const root = cluster.folder(`roots/${pod.metadata.name}`);
  const command = ['sh', SCRIPT, root, ...image, ...same, ...mounts, '--', ...entryPoint, ...args];
  const start = (): ChildProcess => {
    const child = spawn('unshare', [...OWN_NAMESPACES, ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('exit', (code) => {
      if (code === 1) running = start();
    });
    return cluster.operator(child, pod.metadata.name);
  };
  let running = start();
  return { process: () => running, ports, volume };
}

function fieldOf({ metadata }: KubeObject, fieldPath: string): string {
  const { name, namespace = '' } = metadata;
  const value = { 'metadata.name': name, 'metadata.namespace': namespace }[fieldPath];
  if (value === undefined) throw new Error(`no kubelet of tests knows the field ${fieldPath}`);
  return value;
}

async function fill(
  cluster: ProcessCluster,
  pod: OperatorPod,
  { folder, secret, projected, emptyDir, ...plain }: Volume & { readonly folder: string },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (secret !== undefined) await copy(cluster, pod, { ...secret, kind: 'secret', name: secret.secretName, folder });
  for (const source of projected?.sources ?? [plain]) await fillFrom(cluster, pod, { ...source, folder });
  const known = [secret, projected, emptyDir, plain.configMap, plain.downwardAPI];
  if (known.every((one) => one === undefined)) throw new Error(`no kubelet of tests knows the volume ${plain.name}`);
}

async function fillFrom(
  cluster: ProcessCluster,
  pod: OperatorPod,
  { folder, serviceAccountToken, configMap, downwardAPI }: Source & { readonly folder: string },
): Promise<void> {
  if (serviceAccountToken !== undefined) {
    const { metadata, spec } = pod;
    // As the kubelet asks for it: of this pod, which ends it with its own end.
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid };
    const account = { namespace: metadata.namespace ?? '', name: spec.serviceAccountName };
    const { expirationSeconds } = serviceAccountToken;
    const token = await cluster.token(account, { boundObjectRef, expirationSeconds });
    writeFileSync(join(folder, serviceAccountToken.path), token);
  }
  if (configMap !== undefined) await copy(cluster, pod, { ...configMap, kind: 'configmap', folder });
  for (const { path, fieldRef } of downwardAPI?.items ?? [])
    writeFileSync(join(folder, path), fieldOf(pod, fieldRef.fieldPath));
}

async function copy(
  cluster: ProcessCluster,
  { metadata }: OperatorPod,
  { kind, name, optional, items, folder }: Items & { readonly kind: 'secret' | 'configmap'; readonly folder: string },
): Promise<void> {
  const found = await cluster.list([kind, '-n', metadata.namespace ?? '', '--field-selector', `metadata.name=${name}`]);
  const [object] = found;
  if (object === undefined && optional === true) return;
  if (object === undefined) throw new Error(`the pod cannot start: there is no ${kind} ${name}`);
  const data = (object['data'] ?? {}) as Readonly<Record<string, string>>;
  const encoding = kind === 'secret' ? 'base64' : 'utf8';
  for (const { key, path } of items ?? Object.keys(data).map((one) => ({ key: one, path: one })))
    writeFileSync(join(folder, path), Buffer.from(data[key] ?? '', encoding));
}
