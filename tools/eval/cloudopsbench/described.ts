/** Objects from what `kubectl describe` prints of them. */
import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Container, EnvVar, Probe } from '../../../src/core/analysis/objects.ts';
import { given } from '../../../src/std/given.ts';
import { type Branch, child, pairsOf, textAt, treeOf } from './kubectl-text.ts';

type Part = Readonly<Record<string, unknown>>;

const time = (text: string): string | undefined => {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};

const metadataOf = (tree: readonly Branch[]) => ({
  name: textAt(tree, 'Name'),
  ...given({ namespace: textAt(tree, 'Namespace') || undefined }),
  labels: pairsOf(child(tree, 'Labels')),
  annotations: pairsOf(child(tree, 'Annotations')),
  ...given({ creationTimestamp: time(textAt(tree, 'CreationTimestamp')) }),
});

function owner(tree: readonly Branch[]): Part {
  const [kind, name] = textAt(tree, 'Controlled By').split('/');
  if (kind === undefined || name === undefined) return {};
  return { ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `${kind}/${name}`, controller: true }] };
}

/** `Type  Status  Reason`, with a line of dashes or without. */
const conditionsOf = (branch: Branch | undefined): readonly Part[] =>
  (branch?.children ?? [])
    .map(({ key, value }) => (value === '' ? key : `${key}: ${value}`).split(/\s{2,}/))
    .filter(([type, status]) => type !== 'Type' && !/^-+$/.test(type ?? '') && status !== undefined)
    .map(([type, status, ...rest]) => ({ type, status: status?.trim(), ...given({ reason: rest[0] }) }));

function stateOf(container: readonly Branch[], key: string): Part | undefined {
  const state = child(container, key);
  if (state === undefined) return undefined;
  const reason = textAt(state.children, 'Reason');
  const parts = given({ reason: reason || undefined, message: textAt(state.children, 'Message') || undefined });
  const [startedAt, finishedAt] = ['Started', 'Finished'].map((name) => time(textAt(state.children, name)));
  if (state.value === 'Waiting') return { waiting: parts };
  if (state.value === 'Running') return { running: given({ startedAt }) };
  if (state.value !== 'Terminated') return undefined;
  return {
    terminated: {
      ...parts,
      exitCode: Number(textAt(state.children, 'Exit Code')),
      ...given({ startedAt, finishedAt }),
    },
  };
}

const statusesOf = (containers: Branch | undefined): readonly Part[] =>
  (containers?.children ?? []).map(({ key: name, children }) => ({
    name,
    ready: textAt(children, 'Ready') === 'True',
    restartCount: Number(textAt(children, 'Restart Count') || 0),
    ...given({ state: stateOf(children, 'State'), lastState: stateOf(children, 'Last State') }),
  }));

function probeOf(text: string): Probe | undefined {
  if (text === '') return undefined;
  const seconds = (name: string): number | undefined => {
    const [, n] = new RegExp(`${name}=(\\d+)`).exec(text) ?? [];
    return n === undefined ? undefined : Number(n);
  };
  const times = given({
    initialDelaySeconds: seconds('delay'),
    timeoutSeconds: seconds('timeout'),
    periodSeconds: seconds('period'),
    failureThreshold: seconds('#failure'),
  });
  const [, scheme, httpPort, path] = /http-get (https?):\/\/[^:/]*:([\w-]+)(\S*)/.exec(text) ?? [];
  if (httpPort !== undefined)
    return {
      httpGet: { port: portOf(httpPort), scheme: scheme?.toUpperCase() ?? 'HTTP', path: path ?? '/' },
      ...times,
    };
  const [, kind, port] = /^(grpc|tcp-socket) [^:]*:([\w-]+)/.exec(text) ?? [];
  if (port !== undefined)
    return kind === 'grpc'
      ? { grpc: { port: portOf(port) }, ...times }
      : { tcpSocket: { port: portOf(port) }, ...times };
  return { exec: { command: [text] }, ...times };
}

const portOf = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

const environment = (branch: Branch | undefined): readonly EnvVar[] =>
  (branch?.children ?? []).map(({ key, value }) => {
    const [, from, object] = /<set to the key '([^']*)' (?:in|of) (?:secret|config map) '([^']*)'>/.exec(value) ?? [];
    return from === undefined
      ? { name: key, value }
      : { name: key, valueFrom: { secretKeyRef: given({ name: object, key: from }) } };
  });

export const containersOf = (branch: Branch | undefined): readonly Container[] =>
  (branch?.children ?? []).map(({ key: name, children }) => ({
    name,
    image: textAt(children, 'Image'),
    ports: [...textAt(children, 'Ports').split(', '), textAt(children, 'Port')]
      .map((text) => /^(\d+)\/(\w+)/.exec(text))
      .flatMap((match) => (match === null ? [] : [given({ containerPort: Number(match[1]), protocol: match[2] })])),
    env: environment(child(children, 'Environment')),
    resources: {
      limits: pairsOf(child(children, 'Limits')),
      requests: pairsOf(child(children, 'Requests')),
    },
    ...given({
      livenessProbe: probeOf(textAt(children, 'Liveness')),
      readinessProbe: probeOf(textAt(children, 'Readiness')),
      startupProbe: probeOf(textAt(children, 'Startup')),
    }),
  }));

export function podOf(text: string): KubeObject {
  const tree = treeOf(text);
  const [node = ''] = textAt(tree, 'Node').split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadataOf(tree), ...owner(tree) },
    spec: {
      ...given({ nodeName: node || undefined, serviceAccountName: textAt(tree, 'Service Account') || undefined }),
      nodeSelector: pairsOf(child(tree, 'Node-Selectors')),
      containers: containersOf(child(tree, 'Containers')),
      initContainers: containersOf(child(tree, 'Init Containers')),
      tolerations: [child(tree, 'Tolerations')]
        .flatMap((branch) =>
          branch === undefined ? [] : [branch.value, ...branch.children.map(({ key, value }) => `${key}:${value}`)],
        )
        .filter((line) => line.includes('op=Exists'))
        .map((line) => ({ key: line.split(/[: ]/)[0] ?? '', operator: 'Exists' })),
    },
    status: {
      phase: textAt(tree, 'Status').split(' ')[0],
      ...given({ podIP: textAt(tree, 'IP') || undefined, startTime: time(textAt(tree, 'Start Time')) }),
      conditions: conditionsOf(child(tree, 'Conditions')),
      containerStatuses: statusesOf(child(tree, 'Containers')),
      initContainerStatuses: statusesOf(child(tree, 'Init Containers')),
    },
  };
}

export function workloadOf(kind: string, text: string): KubeObject {
  const tree = treeOf(text);
  const replicas = textAt(tree, 'Replicas');
  const number = (word: string): number | undefined => {
    const [, n] = new RegExp(`(\\d+) ${word}`).exec(replicas) ?? [];
    return n === undefined ? undefined : Number(n);
  };
  const [, ready] = /(\d+) Running/.exec(textAt(tree, 'Pods Status')) ?? [];
  const template = child(tree, 'Pod Template')?.children ?? [];
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { ...metadataOf(tree), ...owner(tree) },
    spec: {
      ...given({ replicas: number('desired') }),
      selector: { matchLabels: pairsOf(child(tree, 'Selector')) },
      template: {
        metadata: { name: '', labels: pairsOf(child(template, 'Labels')) },
        spec: {
          ...given({ serviceAccountName: textAt(template, 'Service Account') || undefined }),
          containers: containersOf(child(template, 'Containers')),
          initContainers: containersOf(child(template, 'Init Containers')),
        },
      },
    },
    status: {
      ...given({
        replicas: number('total') ?? number('current'),
        updatedReplicas: number('updated'),
        availableReplicas: number('available'),
        readyReplicas: number('available') ?? (ready === undefined ? undefined : Number(ready)),
        desiredNumberScheduled:
          kind === 'DaemonSet' ? Number(textAt(tree, 'Desired Number of Nodes Scheduled')) : undefined,
      }),
      conditions: conditionsOf(child(tree, 'Conditions')),
    },
  };
}

export function serviceOf(text: string): KubeObject {
  const tree = treeOf(text);
  const targets = tree.filter(({ key }) => key === 'TargetPort').map(({ value }) => value.split('/'));
  const ports = tree
    .filter(({ key }) => key === 'Port')
    .map(({ value }, at) => {
      const [, name, port, protocol] = /^(\S+)\s+(\d+)\/(\w+)/.exec(value) ?? [];
      return {
        ...given({ name: name === '<unset>' ? undefined : name, protocol }),
        port: Number(port),
        targetPort: portOf(targets[at]?.[0] ?? port ?? ''),
      };
    });
  const selector = pairsOf(child(tree, 'Selector'));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(tree),
    spec: {
      type: textAt(tree, 'Type'),
      clusterIP: textAt(tree, 'IP'),
      ports,
      ...(Object.keys(selector).length > 0 && { selector }),
    },
  };
}

export function nodeOf(text: string): KubeObject {
  const tree = treeOf(text);
  const taints = child(tree, 'Taints');
  const lines =
    taints === undefined
      ? []
      : [taints.value, ...taints.children.map(({ key, value }) => (value === '' ? key : `${key}:${value}`))];
  const rows = (child(tree, 'Conditions')?.children ?? []).map(({ key, value }) =>
    `${key}${value === '' ? '' : `:${value}`}`.split(/\s{2,}/),
  );
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadataOf(tree),
    spec: {
      unschedulable: textAt(tree, 'Unschedulable') === 'true',
      taints: lines
        .map((line) => /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(line.trim()))
        .flatMap((match) =>
          match === null ? [] : [{ key: match[1] ?? '', ...given({ value: match[2] }), effect: match[3] ?? '' }],
        ),
    },
    status: {
      allocatable: pairsOf(child(tree, 'Allocatable')),
      capacity: pairsOf(child(tree, 'Capacity')),
      conditions: rows
        .filter(([type, status]) => /^(?:True|False|Unknown)$/.test(status ?? '') && type !== undefined)
        .map(([type, status, , , reason, message]) => ({ type, status, ...given({ reason, message }) })),
    },
  };
}

const MODES: Readonly<Record<string, string>> = {
  RWO: 'ReadWriteOnce',
  ROX: 'ReadOnlyMany',
  RWX: 'ReadWriteMany',
  RWOP: 'ReadWriteOncePod',
};

export function volumeOf(text: string): KubeObject {
  const tree = treeOf(text);
  const [namespace, name] = textAt(tree, 'Claim').split('/');
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { ...metadataOf(tree) },
    spec: {
      storageClassName: textAt(tree, 'StorageClass'),
      accessModes: textAt(tree, 'Access Modes')
        .split(',')
        .map((mode) => MODES[mode.trim()] ?? mode.trim()),
      capacity: { storage: textAt(tree, 'Capacity') },
      ...(name !== undefined && { claimRef: given({ namespace, name }) }),
    },
    status: { phase: textAt(tree, 'Status') },
  };
}

export function claimOf(text: string): KubeObject {
  const tree = treeOf(text);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(tree),
    spec: {
      storageClassName: textAt(tree, 'StorageClass'),
      ...given({ volumeName: textAt(tree, 'Volume') || undefined }),
    },
    status: { phase: textAt(tree, 'Status') },
  };
}
