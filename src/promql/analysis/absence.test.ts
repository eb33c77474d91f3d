import { expect, it } from 'vitest';
import { parse } from '../parser.ts';
import { leavesOut } from './absence.ts';

it.each([
  ['rate(x_total[5m]) > 0.1', true],
  ['rate(x_total[5m])', false],
  ['x > bool 1', false],
  ['0.1 < rate(x_total[5m])', true],
  ['(x > 1)', true],
  ['-(x > 1)', true],
  ['x - (x > 1)', true],
  ['x and y', true],
  ['x unless y', true],
  ['x > 1 or y > 1', true],
  ['x or y > 1', false],
  ['sum by (pod) (x > 1)', true],
  ['sum by (pod) (x)', false],
  ['topk(3, x)', true],
  ['absent(x)', true],
  ['max_over_time((x > 1)[5m:1m])', true],
  ['max_over_time(x[5m])', false],
  ['clamp_min(x, scalar(y > 1))', false],
  ['kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}', true],
  ['max_over_time({__name__="kube_pod_container_status_waiting_reason"}[5m])', true],
  ['kube_pod_status_ready{condition="true"} == bool 0', false],
  ['1', false],
])('%s leaves out what does not hold: %s', (query, answer) => {
  expect(leavesOut(parse(query))).toBe(answer);
});
