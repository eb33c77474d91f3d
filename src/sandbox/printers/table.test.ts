import { describe, expect, test } from 'vitest';
import { Registry, type ResourceType } from '../machinery/registry.ts';
import { BUILTIN_RESOURCES } from '../apiserver/builtin-resources.ts';
import { asObject, type Draft } from '../machinery/json.ts';
import { humanDuration } from './human-duration.ts';
import { findJsonPath } from './json-path.ts';
import { podRow } from './pod-row.ts';
import { asTable, partialObject } from './table.ts';

const NOW = Date.UTC(2026, 0, 2);
const registry = new Registry(BUILTIN_RESOURCES);

test.each([
  [-5_000, '<invalid>'],
  [-1_000, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [200_000, '3m20s'],
  [600_000, '10m'],
  [10_740_000, '179m'],
  [10_800_000, '3h'],
  [13_500_000, '3h45m'],
  [28_800_000, '8h'],
  [172_800_000, '2d'],
  [180_000_000, '2d2h'],
  [691_200_000, '8d'],
  [63_072_000_000, '2y'],
  [66_000_000_000, '2y33d'],
  [315_360_000_000, '10y'],
])('%d ms read %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

describe('a pod in one word', () => {
  const pod = (status: Draft, more: Draft = {}): Draft => ({
    metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z', ...asObject(more['metadata']) },
    spec: { containers: [{ name: 'a' }, { name: 'b' }], ...asObject(more['spec']) },
    status: { phase: 'Running', ...status },
  });
  const running = (name: string): Draft => ({ name, ready: true, restartCount: 0, state: { running: {} } });

  test.each<[string, Draft, readonly [ready: string, status: string, restarts: string]]>([
    ['all containers run', pod({ containerStatuses: [running('a'), running('b')] }), ['2/2', 'Running', '0']],
    [
      'one waits after crashing',
      pod({
        containerStatuses: [
          {
            name: 'a',
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { finishedAt: '2026-01-01T23:55:00Z' } },
          },
          running('b'),
        ],
      }),
      ['1/2', 'CrashLoopBackOff', '3 (5m ago)'],
    ],
    [
      'one ended, one runs, not ready',
      pod({ containerStatuses: [{ name: 'a', state: { terminated: { reason: 'Completed' } } }, running('b')] }),
      ['1/2', 'NotReady', '0'],
    ],
    [
      'killed by a signal without a reason',
      pod({ containerStatuses: [{ name: 'a', state: { terminated: { signal: 9 } } }] }),
      ['0/2', 'Signal:9', '0'],
    ],
    [
      'an init container waits for the second of its kind',
      pod(
        { initContainerStatuses: [{ state: { terminated: { exitCode: 0 } } }, { state: { running: {} } }] },
        { spec: { initContainers: [{ name: 'x' }, { name: 'y' }] } },
      ),
      ['0/2', 'Init:1/2', '0'],
    ],
    [
      'being deleted',
      pod({}, { metadata: { deletionTimestamp: '2026-01-01T23:59:00Z' } }),
      ['0/2', 'Terminating', '0'],
    ],
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), ['0/2', 'Evicted', '0']],
    [
      'gated',
      pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
      ['0/2', 'SchedulingGated', '0'],
    ],
  ])('%s', (_, object, expected) => {
    expect(podRow(object, NOW).slice(1, 4)).toEqual(expected);
  });
});

test.each<[string, readonly unknown[]]>([
  ['.spec.a', [1]],
  ['.spec.list[*].n', [1, 2]],
  ['.spec.list[1].n', [2]],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".metadata.labels['a\\.b/c']", ['x']],
  [".metadata.labels['a.b/c']", []],
  ['.metadata.labels.a\\.b/c', ['x']],
  ['.nothing.here', []],
  ['.spec.list[-1].n', [2]],
  ['.spec.list[0:1].n', [1]],
  ['.spec.list[1:].n', [2]],
  ['.spec.list[?(@.n>1)].n', [2]],
  ['.spec.list[?(@.n != 2)].n', [1]],
  ['.status.conditions[?(@.status)].type', ['Old', 'Ready']],
  ["{.status.conditions[?(@.type=='Old')].status}", ['False']],
  ['.spec[', []],
])('the path %s finds %j', (path, found) => {
  const object = {
    metadata: { labels: { 'a.b/c': 'x' } },
    spec: { a: 1, list: [{ n: 1 }, { n: 2 }] },
    status: {
      conditions: [
        { type: 'Old', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    },
  };
  expect(findJsonPath(path, object)).toEqual(found);
});

/** The server names no column for the age of an IPAddress. */
const UNNAMED: Readonly<Record<string, number>> = { ipaddresses: 1 };

test('every built-in kind has as many cells as columns', () => {
  for (const type of registry.all()) {
    const table = asTable(
      { kind: type.kind, metadata: { name: 'x' } },
      { type, version: 'v1', include: 'None', now: NOW, columns: 'shown' },
    );
    const [row] = table['rows'] as readonly { cells: readonly unknown[]; object: unknown }[];
    expect([type.resource, row?.cells.length]).toEqual([
      type.resource,
      (table['columnDefinitions'] as readonly unknown[]).length + (UNNAMED[type.resource] ?? 0),
    ]);
    expect(row?.object).toBeNull();
  }
});

test("of a printer column's results the first is shown", () => {
  const column = (name: string, jsonPath: string, type = 'string') => ({ name, type, jsonPath });
  const [pods] = registry.all();
  const type = {
    ...(pods as ResourceType),
    custom: {
      version: {
        additionalPrinterColumns: [
          column('All', '.spec.list[*]'),
          column('Whole', '.spec.list'),
          column('Keys', '.spec.map'),
          column('Wrong', '.spec.list[0]', 'integer'),
        ],
      },
    },
  } as unknown as ResourceType;
  const object = { kind: 'Widget', metadata: { name: 'w' }, spec: { list: ['x', 'y'], map: { b: 1, a: 2 } } };
  const table = asTable(object, { type, version: 'v1', include: 'None', now: NOW, columns: 'shown' });
  expect(table['rows']).toEqual([{ cells: ['w', 'x', '["x","y"]', '{"a":2,"b":1}', null], object: null }]);
});

test.each<[string, Draft, Draft]>([
  ['DaemonSet', { 'deprecated.daemonset.template.generation': '1' }, {}],
  ['DaemonSet', { 'deprecated.daemonset.template.generation': '1', own: 'x' }, { annotations: { own: 'x' } }],
  [
    'StatefulSet',
    { 'deprecated.daemonset.template.generation': '1' },
    { annotations: { 'deprecated.daemonset.template.generation': '1' } },
  ],
])('metadata alone of a %s with the annotations %j', (kind, annotations, expected) => {
  expect(partialObject({ kind, metadata: { name: 'x', annotations } }, 'v1')['metadata']).toEqual({
    name: 'x',
    ...expected,
  });
});

const typeOf = (resource: string, group: string, version = 'v1'): ResourceType => {
  const type = registry.find({ group, version, resource });
  if (!type) throw new Error(`no ${resource}`);
  return type;
};
const named = (more: Draft): Draft => ({ metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }, ...more });
const MARKED = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
const cpuTarget = {
  scaleTargetRef: { kind: 'Deployment', name: 'd' },
  maxReplicas: 9,
  targetCPUUtilizationPercentage: 50,
};

test.each<[string, ResourceType, Draft, readonly unknown[]]>([
  [
    'a port without number by its name',
    typeOf('endpointslices', 'discovery.k8s.io'),
    named({ addressType: 'IPv4', ports: [{ port: 80 }, { name: 'b' }, {}], endpoints: [] }),
    ['x', 'IPv4', '80,b,*', '<unset>', '24h'],
  ],
  [
    'a default class',
    typeOf('ingressclasses', 'networking.k8s.io'),
    {
      metadata: { name: 'x', annotations: MARKED, creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { controller: 'c' },
    },
    ['x (default)', 'c', '<none>', '24h'],
  ],
  [
    'the CPU target of an autoscaler of v1',
    typeOf('horizontalpodautoscalers', 'autoscaling'),
    named({ kind: 'HorizontalPodAutoscaler', spec: cpuTarget, status: { currentCPUUtilizationPercentage: 33 } }),
    ['x', 'Deployment/d', 'cpu: 33%/50%', '<unset>', 9, 0, '24h'],
  ],
  [
    'a capacity, which has no table of its own',
    typeOf('csistoragecapacities', 'storage.k8s.io'),
    named({ storageClassName: 'c', capacity: '5Gi' }),
    ['x', '2026-01-01T00:00:00Z'],
  ],
])('a table names %s', (_, type, object, cells) => {
  const table = asTable(object, { type, version: 'v1', include: 'None', now: NOW, columns: 'shown' });
  expect(table['rows']).toEqual([{ cells, object: null }]);
});

test('a table of FlowSchemas is in the order in which they are tried', () => {
  const schema = (name: string, matchingPrecedence: number): Draft => ({
    metadata: { name },
    spec: { matchingPrecedence, priorityLevelConfiguration: { name: 'p' } },
  });
  const list = { metadata: {}, items: [schema('a', 900), schema('b', 100), schema('c', 900)] };
  const type = typeOf('flowschemas', 'flowcontrol.apiserver.k8s.io');
  const table = asTable(list, { type, version: 'v1', include: 'None', now: NOW, columns: 'shown' });
  const rows = table['rows'] as readonly { readonly cells: readonly unknown[] }[];
  expect(rows.map(({ cells }) => cells[0])).toEqual(['b', 'a', 'c']);
});
