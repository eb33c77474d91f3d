import { expect, test } from 'vitest';
import { Query } from '../machinery/route.ts';
import { checkLogOptions } from './logs.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }] } };

test.each([
  ['tailLines=-1', 'tailLines: Invalid value: -1: must be greater than or equal to 0'],
  ['limitBytes=0', 'limitBytes: Invalid value: 0: must be greater than 0'],
  ['sinceSeconds=0', 'sinceSeconds: Invalid value: 0: must be greater than 0'],
])('a log is not to be had with %s', (query, problem) => {
  expect(() => checkLogOptions(pod, new Query(query))).toThrow(`PodLogOptions "p" is invalid: ${problem}`);
});

test('a log may be asked for without lines', () => {
  expect(() => checkLogOptions(pod, new Query('tailLines=0&limitBytes=1&sinceSeconds=1'))).not.toThrow();
});
