/**
 * Jobs: https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/batch/validation/validation.go,
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/batch/job/strategy.go
 */
import { describe, expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';
import { countIndexes, sharedIndex } from './job-indexes.ts';

const jobs: Gvr = { group: 'batch', version: 'v1', resource: 'jobs' };
const key = { namespace: 'default', name: 'x' };
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i:1' }] } };
const made = (spec: Draft = {}) => {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  server.cluster.create(jobs, { metadata: key, spec: { template, ...spec } } as never);
  return server;
};
const report = (server: ApiServer, status: Draft) =>
  refusedFields(() => server.cluster.modify(jobs, key, (draft) => ({ ...draft, status }), 'status'));
const is = (...types: readonly string[]) => types.map((type) => ({ type, status: 'True' }));

describe('Indexes of a Job', () => {
  test.each<[string, number | string]>([
    ['', 0],
    ['1,3-5', 4],
    ['3,1', 'non-increasing order, previous: 3, current: 1'],
    ['2-2', 'non-increasing order, previous: 2, current: 2'],
    ['9', 'too large index: "9"'],
    ['a', 'cannot convert string to integer for index: "a"'],
    [
      '1-2-3',
      'the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by \'-\'',
    ],
  ])('%s of nine', (text, counted) => expect(countIndexes(text, 9)).toBe(counted));

  test('of two lists are the same from the first that both have', () => {
    expect(sharedIndex('1,4-6', '2-3,5-8', 9)).toBe(5);
    expect(sharedIndex('1', '2', 9)).toBeUndefined();
  });
});

describe('A Job', () => {
  test('is told twice what is wrong with its changed spec, as the registry looks at it twice', () => {
    const server = made();
    const change = (spec: Draft) =>
      refusedFields(() =>
        server.cluster.modify(jobs, key, (draft) => {
          Object.assign(draft['spec'] as Draft, spec);
          return draft;
        }),
      );
    const wrong = 'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0';
    expect(change({ backoffLimit: -1 })).toEqual([wrong, wrong]);
    expect(change({ parallelism: 2 })).toEqual([]);
  });

  test('names who manages it by a path of a domain, and indexes that it has', () => {
    const policy = { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }, { succeededIndexes: '7' }, {}] };
    const spec = { completionMode: 'Indexed', completions: 4, managedBy: 'me', successPolicy: policy };
    expect(refusedFields(() => made(spec))).toEqual([
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "7": error parsing succeededIndexes: too large index: "7"',
      'spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified',
    ]);
    const many = { completionMode: 'Indexed', completions: 100_001, backoffLimitPerIndex: 1, parallelism: 10_001 };
    expect(refusedFields(() => made(many))).toEqual([
      'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
      'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ]);
  });

  test('that is done has no pods left to count, and keeps its times', () => {
    const server = made();
    const begun = { startTime: '2020-01-01T00:00:00Z' };
    const done = { ...begun, completionTime: '2020-01-01T00:01:00Z', conditions: is('SuccessCriteriaMet', 'Complete') };
    expect(report(server, { ...done, uncountedTerminatedPods: { succeeded: ['u', 'u'] } })).toEqual([
      'status.uncountedTerminatedPods.succeeded[1]: Duplicate value: "u"',
      'status.uncountedTerminatedPods: Invalid value: {"Succeeded":["u","u"],"Failed":null}: must be empty for finished job',
    ]);
    expect(report(server, { ...begun, completedIndexes: '0', failedIndexes: '0' })).toEqual([
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      'status.failedIndexes: Invalid value: "0": failedIndexes and completedIndexes overlap at index: 0',
    ]);
    expect(report(server, done)).toEqual([]);
    expect(report(server, { ...done, startTime: '2020-01-01T00:00:30Z' })).toEqual([
      'status.startTime: Invalid value: "2020-01-01T00:00:30Z": field is immutable for unsuspended job once set',
    ]);
  });

  test('whose status was wrong before may be written where that is not touched', () => {
    const server = made();
    expect(report(server, { active: 1, ready: 2 })).toHaveLength(1);
    expect(report(server, { active: 2, ready: 2 })).toEqual([]);
    expect(report(server, { active: 2, ready: 2, failed: 1 })).toEqual([]);
  });
});

test('A request to delete a Job that does not say what becomes of its pods is answered with a warning', async () => {
  const remove = async (query: string) => {
    const server = made();
    const path = `/apis/batch/v1/namespaces/default/jobs/x${query}`;
    const { status, headers } = await server.handle({ method: 'DELETE', path, headers: {} });
    return [status, headers['warning'] ?? ''];
  };
  const [status, warning] = await remove('');
  expect(status).toBe(200);
  expect(String(warning)).toMatch('child pods are preserved by default when jobs are deleted');
  expect(await remove('?propagationPolicy=Background')).toEqual([200, '']);
  expect(await remove('?orphanDependents=true')).toEqual([200, '']);
});
