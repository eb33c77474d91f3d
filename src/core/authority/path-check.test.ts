import { describe, expect, it } from 'vitest';
import { errandFor, type Genuine, genuineRequests } from '../../../test/kit/genuine-requests.ts';
import { policyOf, workload } from '../../../test/kit/core-data.ts';
import type { PlannedRequest } from '../../api/action-status.ts';
import { type Errand, objectWithin, pathWithin, type Sight, wayBackWithin } from './path-check.ts';

const GENUINE = genuineRequests();

/** `sent`, or why not. */
function judged(request: PlannedRequest, errand: Errand, sight: Sight): string {
  const found = pathWithin(request, errand);
  if (found.within === 'no') return found.reason;
  if (found.within === 'an endpoint') return 'sent';
  return objectWithin(request, { found, errand }, sight)?.reason ?? 'sent';
}

const byTitle = (cases: readonly Genuine[]) => cases.map((one) => [one.title, one] as const);
const toServer = GENUINE.filter(({ request }) => request.endpoint === undefined);

describe('every request that an action of ours makes', () => {
  it.each(byTitle(GENUINE))('%s: may be sent (I37)', (_title, { request, errand, sight, inverse }) => {
    expect(judged(request, errand, sight)).toBe('sent');
    if (inverse !== undefined)
      expect(wayBackWithin(inverse, errand)).toMatchObject({ within: expect.not.stringMatching(/^no$/) });
  });

  it('is one of every type', () => {
    const types = new Set(GENUINE.map(({ errand }) => errand.action.spec.action.type));
    expect([...types].toSorted()).toHaveLength(12);
  });
});

/** What may be done to the path or the method of a request; the request has to be held back then. */
const MUTATIONS: readonly (readonly [string, (request: PlannedRequest) => Partial<PlannedRequest>])[] = [
  [
    'another namespace',
    ({ path }) => ({
      path: path.includes('/namespaces/') ? path.replace(/namespaces\/[^/]+/, 'namespaces/kube-system') : `${path}x`,
    }),
  ],
  ['another name', ({ path }) => ({ path: path.replace(/\/(web|n1|web-1|repair|settings|jobs)(?=\/|$)/, '/other') })],
  [
    'a longer name',
    ({ path }) => ({ path: path.replace(/(web|n1|web-1|repair|settings|jobs)(?=\/[a-z]+$|$)/, '$1x') }),
  ],
  [
    'another resource',
    ({ path }) => ({ path: path.replace(/\/[a-z]+\/([^/]+)(\/[a-z]+)?$|\/jobs$/, '/secrets/$1$2') }),
  ],
  ['another group', ({ path }) => ({ path: path.replace(/^\/(api|apis\/[^/]+)\//, '/apis/other.example/') })],
  ['another version', ({ path }) => ({ path: path.replace(/\/v[12](?=\/)/, '/v1beta1') })],
  ['the status of it', ({ path }) => ({ path: `${path}/status` })],
  ['a shell in it', ({ path }) => ({ path: `${path}/exec` })],
  ['another verb', ({ method }) => ({ method: method === 'PUT' ? 'DELETE' : 'PUT' })],
  ['reading', () => ({ method: 'GET' })],
  ['an absolute URL', ({ path }) => ({ path: `https://elsewhere.example${path}` })],
  ['a host', ({ path }) => ({ path: `//elsewhere.example${path}` })],
  ['no slash at the start', ({ path }) => ({ path: path.slice(1) })],
  ['a slash at the end', ({ path }) => ({ path: `${path}/` })],
  ['two slashes', ({ path }) => ({ path: path.replace(/\/(?=[^/]+$)/, '//') })],
  ['a step up', ({ path }) => ({ path: `${path}/../other` })],
  ['a step that stays', ({ path }) => ({ path: path.replace(/\/(?=[^/]+$)/, '/./') })],
  ['an encoded step up', ({ path }) => ({ path: `${path}%2f%2e%2e` })],
  ['an encoded slash', ({ path }) => ({ path: path.replace(/\/(?=[^/]+$)/, '%2F') })],
  ['an encoded letter', ({ path }) => ({ path: path.replace(/e/, '%65') })],
  ['a broken encoding', ({ path }) => ({ path: `${path}%` })],
  ['a backslash', ({ path }) => ({ path: path.replace(/\/(?=[^/]+$)/, '\\') })],
  ['a dry run of its own', ({ path }) => ({ path: `${path}?dryRun=All` })],
  ['no dry run', ({ path }) => ({ path: `${path}?dryRun=` })],
  ['force', ({ path }) => ({ path: `${path}?force=true&fieldManager=kubectl` })],
  ['an encoded question mark', ({ path }) => ({ path: `${path}%3FdryRun=All` })],
  ['a fragment', ({ path }) => ({ path: `${path}#x` })],
  ['a semicolon', ({ path }) => ({ path: `${path};x` })],
  ['a space', ({ path }) => ({ path: `${path} ` })],
  ['a zero byte', ({ path }) => ({ path: `${path}\0` })],
  ['a line break', ({ path }) => ({ path: `${path}\r\nX-Other: 1` })],
  ['upper case', ({ path }) => ({ path: path.toUpperCase() })],
  [
    'an upper-case resource',
    ({ path }) => ({
      path: path.replace(
        /\/([a-z])([a-z]*)(?=\/[^/]+(\/[a-z]+)?$)|\/jobs$/,
        (_all, first: string = 'j', rest: string = 'obs') => `/${first.toUpperCase()}${rest}`,
      ),
    }),
  ],
  ['an endpoint', () => ({ endpoint: 'pager' })],
];

describe('a request that was changed to', () => {
  it.each(MUTATIONS)('%s is held back (I37)', (_title, change) => {
    const wrong = toServer.flatMap(({ title, request, errand, sight }) => {
      const other = { ...request, ...change(request) };
      // A mutation that changes nothing would prove nothing.
      if (other.path === request.path && other.method === request.method && other.endpoint === request.endpoint)
        return [`${title}: not changed`];
      return judged(other, errand, sight) === 'sent' ? [`${title}: ${other.method} ${other.path}`] : [];
    });
    expect(wrong).toEqual([]);
  });
});

describe('an endpoint', () => {
  const [call] = GENUINE.filter(({ request }) => request.endpoint === 'pager');
  it('is called by the actions whose block names it', () => {
    const web = workload('Deployment');
    const errand = errandFor({ type: 'webhook', block: { name: 'other' }, target: web });
    if (call === undefined) throw new Error('no webhook was planned');
    expect(judged(call.request, call.errand, call.sight)).toBe('sent');
    expect(judged(call.request, errand, call.sight)).toBe('OutOfReach');
    expect(judged({ ...call.request, path: '/api/v1/nodes/n1' }, call.errand, call.sight)).toBe('OutOfReach');
  });

  it('is never called to take something back', () => {
    if (call === undefined) throw new Error('no webhook was planned');
    const inverse = { ...call.request, guard: {}, restores: {} };
    expect(wayBackWithin(inverse, call.errand)).toMatchObject({ within: 'no', reason: 'OutOfReach' });
  });
});

const genuine = (title: string): Genuine => {
  const one = GENUINE.find((each) => each.title.startsWith(title));
  if (one === undefined) throw new Error(`no request ${title}`);
  return one;
};

describe('by the object that is there', () => {
  const evicted = genuine('restart of Deployment: evict');
  const drained = genuine('drain of Node: evict');
  const autoscaled = genuine('scale of Deployment: let');
  const labelled = GENUINE.filter(({ title }) => title.startsWith('custom of Deployment'))[1] ?? evicted;
  const mark = { labels: { 'kubeskippy.io/protected': 'true' } };
  const withMetadata = (one: Genuine, metadata: object): Sight => {
    const { object } = one.sight;
    if (object === undefined) throw new Error('no object');
    return { ...one.sight, object: { ...object, metadata: { ...object.metadata, ...metadata } } };
  };
  const rules = { protectedResources: [{ apiVersion: 'v1', kind: 'Pod' }] };

  it.each<[string, Genuine, Sight, string]>([
    ['a pod that is gone is not evicted', evicted, { chain: [] }, 'NotFound'],
    ['a pod of another workload is not evicted', evicted, { ...evicted.sight, chain: [] }, 'OutOfReach'],
    ['another pod of the same name is not evicted', evicted, withMetadata(evicted, { uid: 'x' }), 'Conflict'],
    ['a pod that bears a mark by now is not evicted (I24)', evicted, withMetadata(evicted, mark), 'Protected'],
    [
      'a pod whose controller bears a mark is not evicted (I24)',
      evicted,
      { ...evicted.sight, chain: [...evicted.sight.chain, workload('Deployment', { metadata: mark })] },
      'Protected',
    ],
    [
      'a pod that the policy protects is not evicted',
      evicted,
      { ...evicted.sight, policy: policyOf({ safetyRules: rules }) },
      'Protected',
    ],
    [
      'a pod of another node is not evicted',
      drained,
      {
        ...drained.sight,
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'web-1', namespace: 'shop', uid: 'pod-1' },
          spec: { nodeName: 'n2' },
        },
      },
      'OutOfReach',
    ],
    [
      'the autoscaler of another workload is not changed',
      autoscaled,
      {
        ...autoscaled.sight,
        object: {
          ...withMetadata(autoscaled, {}).object,
          spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } },
        } as never,
      },
      'OutOfReach',
    ],
    ['an object of a plugin that bears a mark is not changed', labelled, withMetadata(labelled, mark), 'Protected'],
    [
      'a target that was replaced is not changed',
      genuine('cordon'),
      withMetadata(genuine('cordon'), { uid: 'x' }),
      'Conflict',
    ],
  ])('%s', (_title, { request, errand }, sight, reason) => {
    expect(judged(request, errand, sight)).toBe(reason);
  });
});

describe('a way back', () => {
  it.each([
    ['removes nothing', 'delete of Service'],
    ['evicts nothing', 'restart of Pod'],
    ['makes nothing', 'job'],
  ])('%s, though the action itself does (I37)', (_title, title) => {
    const { request, errand } = genuine(title);
    expect(wayBackWithin({ ...request, guard: {}, restores: {} }, errand)).toMatchObject({ reason: 'OutOfReach' });
  });
});

describe('scope', () => {
  const { request, errand, sight } = genuine('cordon');
  const job = genuine('job');
  const on = (action: object): Errand => ({ ...job.errand, action: { ...job.errand.action, ...action } });
  const spec = job.errand.action.spec;
  const from = (namespace: string) => ({ spec: { ...spec, policyRef: { ...spec.policyRef, namespace, name: 'p' } } });
  const none = { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' };

  it.each<[string, string, string]>([
    [
      'what lies in no namespace is left to the namespaces that may reach it',
      judged(request, { ...errand, scope: none }, sight),
      'OutOfScope',
    ],
    ['a Job runs where its policy lies', judged(job.request, on(from('kubeskippy-system')), job.sight), 'OutOfReach'],
    [
      'a policy of another namespace does not reach here',
      judged({ ...job.request }, on({ namespace: 'evil' }), job.sight),
      'OutOfScope',
    ],
  ])('%s (I27)', (_title, seen, reason) => expect(seen).toBe(reason));
});
