/** Watches: where they begin, what they show, how they end. */
import { CM, PODS, WIDGETS, configMap, pod, widget, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, kept, merge, put, refused, remove, versionOf, watch } from '../steps.ts';

const MINE = 'labelSelector=watched%3Dy';
const mine = (name: string, data?: Readonly<Record<string, unknown>>) =>
  configMap(name, data, { labels: { watched: 'y' } });
const named = (name: string) => ({ 'metadata.name': name });

export const WATCHES: readonly ContractCase[] = [
  {
    title: 'a watch from the resourceVersion of a list shows what happens after it',
    steps: [
      create(CM, mine('before')),
      versionOf(CM),
      watch(
        `${CM}?watch=true&${MINE}&resourceVersion={rv}`,
        [create(CM, mine('a')), merge(`${CM}/a`, { data: { k: '1' } }), remove(`${CM}/a`)],
        [
          ['ADDED', { kind: 'ConfigMap', apiVersion: 'v1', ...named('a') }],
          ['MODIFIED', { 'data.k': '1' }],
          ['DELETED', { 'data.k': '1' }],
        ],
      ),
    ],
  },
  {
    title: 'a watch from the past replays it',
    steps: [
      versionOf(CM),
      create(CM, mine('a')),
      put(`${CM}/a`, mine('a', { k: '1' })),
      remove(`${CM}/a`),
      watch(
        `${CM}?watch=true&${MINE}&resourceVersion={rv}`,
        [],
        [
          ['ADDED', named('a')],
          ['MODIFIED', { 'data.k': '1' }],
          ['DELETED', named('a')],
        ],
      ),
    ],
  },
  {
    title: 'a watch without resourceVersion begins with what is there',
    steps: [
      create(CM, mine('a')),
      create(CM, mine('b')),
      watch(
        `${CM}?watch=true&${MINE}`,
        [create(CM, mine('c'))],
        [
          ['ADDED', named('a')],
          ['ADDED', named('b')],
          ['ADDED', named('c')],
        ],
      ),
    ],
  },
  {
    title: 'initial events end with a bookmark that says so',
    steps: [
      create(CM, mine('a')),
      watch(
        `${CM}?watch=true&${MINE}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        [create(CM, mine('b'))],
        [
          ['ADDED', named('a')],
          [
            'BOOKMARK',
            {
              kind: 'ConfigMap',
              'metadata.annotations': { 'k8s.io/initial-events-end': 'true' },
              'metadata.resourceVersion': /^\d+$/,
              'metadata.name': undefined,
            },
          ],
          ['ADDED', named('b')],
        ],
      ),
    ],
  },
  {
    title: 'initial events need resourceVersionMatch, and lists take no sendInitialEvents',
    steps: [
      refused(get(`${CM}?watch=true&sendInitialEvents=true`), 422, {
        message: /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/,
      }),
      refused(get(`${CM}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`), 422, {
        message: /sendInitialEvents is forbidden for list/,
      }),
    ],
  },
  {
    title: 'an object that enters and leaves a selector is added and deleted',
    steps: [
      versionOf(CM),
      watch(
        `${CM}?watch=true&${MINE}&resourceVersion={rv}`,
        [
          create(CM, configMap('a', { k: '1' })),
          merge(`${CM}/a`, { metadata: { labels: { watched: 'y' } } }),
          kept(merge(`${CM}/a`, { metadata: { labels: { watched: 'n' } }, data: { k: '2' } }), {
            left: 'metadata.resourceVersion',
          }),
          merge(`${CM}/a`, { data: { k: '3' } }),
          merge(`${CM}/a`, { metadata: { labels: { watched: 'y' } } }),
        ],
        [
          ['ADDED', { 'data.k': '1' }],
          ['DELETED', { 'data.k': '1', 'metadata.labels.watched': 'y', 'metadata.resourceVersion': '{left}' }],
          ['ADDED', { 'data.k': '3' }],
        ],
      ),
    ],
  },
  {
    title: 'one object is watched by its name; writes that change nothing are silent',
    steps: [
      versionOf(CM),
      watch(
        `${CM}?watch=true&fieldSelector=metadata.name%3Db&resourceVersion={rv}`,
        [
          create(CM, configMap('a')),
          create(CM, configMap('b', { k: '1' })),
          merge(`${CM}/b`, { data: { k: '1' } }),
          merge(`${CM}/b`, { data: { k: '2' } }),
        ],
        [
          ['ADDED', named('b')],
          ['MODIFIED', { 'data.k': '2' }],
        ],
      ),
    ],
  },
  {
    title: 'a finalizer makes a deletion two events',
    steps: [
      create(CM, configMap('a', {}, { labels: { watched: 'y' }, finalizers: ['contract.test/hold'] })),
      versionOf(CM),
      watch(
        `${CM}?watch=true&${MINE}&resourceVersion={rv}`,
        [remove(`${CM}/a`), merge(`${CM}/a`, { metadata: { finalizers: null } })],
        [
          ['MODIFIED', { 'metadata.deletionTimestamp': /Z$/, 'metadata.finalizers': ['contract.test/hold'] }],
          ['DELETED', named('a')],
        ],
      ),
    ],
  },
  {
    title: 'the last event carries a newer resourceVersion than the object had',
    steps: [
      kept(create(CM, mine('a')), { rv: 'metadata.resourceVersion' }),
      watch(
        `${CM}?watch=true&${MINE}&resourceVersion={rv}`,
        [remove(`${CM}/a`)],
        [['DELETED', { ...named('a'), 'metadata.uid': /-/ }]],
      ),
    ],
  },
  {
    title: 'the deletion of a collection is an event for each; a dry run is none',
    steps: [
      create(CM, mine('a')),
      create(CM, mine('b')),
      versionOf(CM),
      watch(
        `${CM}?watch=true&${MINE}&resourceVersion={rv}`,
        [remove(`${CM}/a?dryRun=All`), remove(`${CM}?${MINE}`)],
        [
          ['DELETED', {}],
          ['DELETED', {}],
        ],
      ),
    ],
  },
  {
    title: 'pods are watched by phase',
    steps: [
      create(PODS, pod('p')),
      versionOf(PODS),
      watch(
        `${PODS}?watch=true&fieldSelector=status.phase%3DRunning&resourceVersion={rv}`,
        [
          merge(`${PODS}/p/status`, { status: { phase: 'Running' } }),
          merge(`${PODS}/p/status`, { status: { message: 'x' } }),
          merge(`${PODS}/p/status`, { status: { phase: 'Succeeded' } }),
        ],
        [
          ['ADDED', { 'status.phase': 'Running' }],
          ['MODIFIED', { 'status.message': 'x' }],
          ['DELETED', { 'status.phase': 'Running' }],
        ],
      ),
    ],
  },
  {
    title: 'a watch ends after its timeoutSeconds',
    steps: [
      create(CM, mine('a')),
      { ...watch(`${CM}?watch=true&${MINE}&timeoutSeconds=1`, [], [['ADDED', named('a')]]), closes: true },
    ],
  },
  withKind('a watch from before its kind was there is told that it is too old', {}, [
    create(WIDGETS, widget({})),
    {
      ...watch(
        `${WIDGETS}?watch=true&resourceVersion=1`,
        [],
        [['ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: /^too old resource version: 1 \(\d+\)$/ }]],
      ),
      closes: true,
    },
  ]),
  withKind('custom kinds are watched as others are', { version: { subresources: { status: {} } } }, [
    versionOf(WIDGETS),
    watch(
      `${WIDGETS}?watch=true&resourceVersion={rv}`,
      [
        create(WIDGETS, widget({})),
        merge(`${WIDGETS}/a`, { metadata: { labels: { x: 'y' } } }),
        remove(`${WIDGETS}/a`),
      ],
      [
        ['ADDED', { kind: 'Widget' }],
        ['MODIFIED', { 'metadata.labels.x': 'y', 'metadata.generation': 1 }],
        ['DELETED', {}],
      ],
    ),
  ]),
  {
    title: 'a watch may show tables or bare metadata',
    steps: [
      create(CM, mine('a', { k: '1' })),
      {
        ...watch(
          `${CM}?watch=true&${MINE}`,
          [],
          [['ADDED', { kind: 'Table', 'rows.0.cells.0': 'a', 'columnDefinitions.0.name': 'Name' }]],
        ),
        headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      },
      {
        ...watch(
          `${CM}?watch=true&${MINE}`,
          [],
          [['ADDED', { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', data: undefined, ...named('a') }]],
        ),
        headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
      },
    ],
  },
  {
    title: 'a watch with selectors or versions that cannot be read is refused',
    steps: [
      refused(get(`${CM}?watch=true&labelSelector=a%20b`), 400, { reason: 'BadRequest' }),
      refused(get(`${CM}?watch=true&resourceVersion=soon`), 500, {
        message: 'resourceVersion: Invalid value: "soon": strconv.ParseUint: parsing "soon": invalid syntax',
      }),
    ],
  },
];
