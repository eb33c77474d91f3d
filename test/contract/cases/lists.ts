/** Pages, resource versions, label and field selectors. */
import { CM, PODS, WIDGETS, configMap, pod, widget, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, kept, merge, refused, remove, versionOf } from '../steps.ts';

const labelled = (name: string, labels: Readonly<Record<string, string>>) =>
  create(CM, configMap(name, {}, { labels }));
const five = ['a', 'b', 'c', 'd', 'e'].map((name) => labelled(name, { page: 'y', n: name }));
const PAGED = `${CM}?labelSelector=page%3Dy`;
const names = (...expected: readonly string[]) => ({ 'items[*].metadata.name': expected });
const select = (selector: string) => `${CM}?labelSelector=${encodeURIComponent(selector)}`;
const fields = (selector: string, path = CM) => `${path}?fieldSelector=${encodeURIComponent(selector)}`;

export const LISTS: readonly ContractCase[] = [
  {
    title: 'a list is sorted by name and has a resourceVersion; its items have no kind',
    steps: [
      labelled('b', { page: 'y' }),
      labelled('a', { page: 'y' }),
      get(PAGED, {
        kind: 'ConfigMapList',
        apiVersion: 'v1',
        'metadata.resourceVersion': /^\d+$/,
        'items.0.kind': undefined,
        ...names('a', 'b'),
      }),
    ],
  },
  {
    title: 'lists come in pages that show the state of the first',
    steps: [
      ...five,
      kept(get(`${PAGED}&limit=2`, { ...names('a', 'b'), 'metadata.remainingItemCount': undefined }), {
        token: 'metadata.continue',
        rv: 'metadata.resourceVersion',
      }),
      labelled('ab', { page: 'y' }),
      remove(`${CM}/d`),
      kept(get(`${PAGED}&limit=2&continue={token}`, { ...names('c', 'd'), 'metadata.resourceVersion': '{rv}' }), {
        token: 'metadata.continue',
      }),
      get(`${PAGED}&limit=2&continue={token}`, { ...names('e'), 'metadata.continue': undefined }),
    ],
  },
  withKind('a page without selectors says how many remain', {}, [
    ...['a', 'b', 'c'].map((name) => create(WIDGETS, widget({}, name))),
    kept(get(`${WIDGETS}?limit=1`, { ...names('a'), 'metadata.remainingItemCount': 2 }), {
      token: 'metadata.continue',
    }),
    get(`${WIDGETS}?limit=5&continue={token}`, { ...names('b', 'c'), 'metadata.remainingItemCount': undefined }),
  ]),
  {
    title: 'a continue token that is none, or with a resourceVersion, is refused',
    steps: [
      refused(get(`${CM}?limit=2&continue=zzz`), 400, { reason: 'BadRequest', message: /continue key is not valid: / }),
      ...five,
      kept(get(`${PAGED}&limit=2`), { token: 'metadata.continue' }),
      refused(get(`${PAGED}&limit=2&continue={token}&resourceVersion=5`), 400, {
        message: 'specifying resource version is not allowed when using continue',
      }),
    ],
  },
  {
    title: 'a limit of 0 or less lists all',
    steps: [...five, get(`${PAGED}&limit=0`, { 'items.length': 5 }), get(`${PAGED}&limit=-1`, { 'items.length': 5 })],
  },
  {
    title: 'a list at an exact resourceVersion shows the past',
    steps: [
      labelled('a', { page: 'y' }),
      versionOf(CM),
      labelled('b', { page: 'y' }),
      remove(`${CM}/a`),
      get(`${PAGED}&resourceVersion={rv}&resourceVersionMatch=Exact`, {
        ...names('a'),
        'metadata.resourceVersion': '{rv}',
      }),
      get(`${PAGED}&resourceVersion={rv}&resourceVersionMatch=NotOlderThan`, names('b')),
    ],
  },
  {
    title: 'resourceVersionMatch needs a resourceVersion and a known word',
    steps: [
      refused(get(`${CM}?resourceVersionMatch=Exact`), 422, {
        reason: 'Invalid',
        message: /resourceVersionMatch is forbidden unless resourceVersion is provided/,
      }),
      refused(get(`${CM}?resourceVersionMatch=Nearly&resourceVersion=1`), 422, {
        message: /supported values: "Exact", "NotOlderThan"/,
      }),
      refused(get(`${CM}?resourceVersionMatch=Exact&resourceVersion=0`), 422, {
        message: /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/,
      }),
    ],
  },
  {
    title: 'a resourceVersion that is no number is refused; one of the future waits and times out',
    steps: [
      refused(get(`${CM}?resourceVersion=soon`), 400, {
        reason: 'BadRequest',
        message:
          'invalid resource version: resourceVersion: Invalid value: "soon": strconv.ParseUint: parsing "soon": invalid syntax',
      }),
      refused(get(`${CM}?resourceVersion=999999999999`), 504, {
        reason: 'Timeout',
        message: /^Timeout: Too large resource version: 999999999999, current: \d+$/,
        'details.causes.0.reason': 'ResourceVersionTooLarge',
        'details.retryAfterSeconds': 1,
      }),
    ],
  },
  {
    title: 'a list over all namespaces holds that of the case',
    steps: [
      labelled('a', { 'all-{id}': 'y' }),
      get('/api/v1/configmaps?labelSelector=all-{id}%3Dy', { 'items[*].metadata.namespace': ['{ns}'] }),
    ],
  },
  {
    title: 'label selectors narrow a list',
    steps: [
      labelled('x', { team: 'blue', size: '10' }),
      labelled('y', { team: 'red' }),
      labelled('z', { size: '5' }),
      get(select('team=blue'), names('x')),
      get(select('team==red'), names('y')),
      get(select('team in (blue,red)'), names('x', 'y')),
      get(select('team,team!=blue'), names('y')),
      get(select('team notin (blue,red),size'), names('z')),
      get(select('size,!team'), names('z')),
      get(select('size>7'), names('x')),
      get(select('size<7'), names('z')),
    ],
  },
  {
    title: 'label selectors that cannot be read are refused',
    steps: ['a b', 'a in', 'a in (b', '!', 'a=b=c', 'a>b', '-a=b', `a=${'x'.repeat(64)}`].map((selector) =>
      refused(get(select(selector)), 400, {
        kind: 'Status',
        reason: 'BadRequest',
        message: /^unable to parse requirement|^found |^couldn't parse|^-?a|values/,
      }),
    ),
  },
  {
    title: 'field selectors know the name and refuse what is no field',
    steps: [
      create(CM, configMap('x')),
      create(CM, configMap('y')),
      get(fields('metadata.name=y'), names('y')),
      get(`${fields('metadata.name=y,metadata.namespace=')}{ns}`, names('y')),
      get(fields('metadata.name!=x,metadata.name!=kube-root-ca.crt'), names('y')),
      refused(get(fields('data.k=v')), 400, {
        reason: 'BadRequest',
        message: '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"',
      }),
      refused(get(fields('metadata.name')), 400, {
        reason: 'BadRequest',
        message: /invalid selector: 'metadata\.name'; can't understand 'metadata\.name'/,
      }),
    ],
  },
  {
    title: 'pods are selected by phase, node and restart policy',
    steps: [
      create(PODS, pod('a', { restartPolicy: 'Never' })),
      create(PODS, pod('b')),
      merge(`${PODS}/b/status`, { status: { phase: 'Failed' } }),
      get(fields('status.phase=Failed', PODS), names('b')),
      get(fields('status.phase=Pending', PODS), names('a')),
      get(fields('spec.restartPolicy=Never', PODS), names('a')),
      get(fields('spec.nodeName=', PODS), { 'items.length': 2 }),
      refused(get(fields('spec.priority=0', PODS)), 400, { message: /field label not supported: spec\.priority/ }),
    ],
  },
  withKind(
    'custom kinds are selected by the fields that they declare',
    {
      spec: { properties: { colour: { type: 'string' } } },
      version: { selectableFields: [{ jsonPath: '.spec.colour' }] },
    },
    [
      create(WIDGETS, widget({ colour: 'red' }, 'a')),
      create(WIDGETS, widget({ colour: 'blue' }, 'b')),
      get(fields('spec.colour=blue', WIDGETS), names('b')),
      refused(get(fields('spec.size=1', WIDGETS)), 400, { message: /field label not supported: spec\.size/ }),
    ],
  ),
];
