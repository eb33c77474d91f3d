/**
 * What workloads are given and may not change:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/apps/v1/defaults.go and
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/apps/validation/validation.go
 */
import { describe, expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const apps = (resource: string): Gvr => ({ group: 'apps', version: 'v1', resource });
const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } };
const key = { namespace: 'default', name: 'x' };

const made = (resource: string, spec: Draft, server = newServer()) => {
  const body = { metadata: key, spec: { selector: { matchLabels: { a: 'b' } }, template, ...spec } };
  server.cluster.create(apps(resource), body as never);
  return server;
};
const changed = (server: ApiServer, resource: string, spec: Draft) =>
  server.cluster.modify(apps(resource), key, (draft) => {
    Object.assign(draft['spec'] as Draft, spec);
    return draft;
  });

describe('A StatefulSet', () => {
  const strategy = (updateStrategy?: Draft) =>
    at(
      made('statefulsets', updateStrategy ? { updateStrategy } : {}).cluster.get(apps('statefulsets'), key),
      'spec',
      'updateStrategy',
    );

  test('has a partition only where its update strategy was left out or says how to roll', () => {
    expect(strategy()).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
    expect(strategy({ type: 'RollingUpdate' })).toEqual({ type: 'RollingUpdate' });
    expect(strategy({ type: 'RollingUpdate', rollingUpdate: {} })).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { partition: 0 },
    });
  });

  test('keeps no maxUnavailable, whose feature is off', () => {
    expect(strategy({ rollingUpdate: { maxUnavailable: 2 } })).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { partition: 0 },
    });
  });

  test('is refused for claims that no claim could be', () => {
    const claim = { metadata: { name: 'data' }, spec: { accessModes: ['Often'] } };
    expect(refusedFields(() => made('statefulsets', { replicas: -1, volumeClaimTemplates: [claim] }))).toEqual([
      'spec.volumeClaimTemplates[0].spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });
});

test('A DaemonSet whose selector changes is told so before what else is wrong with it', () => {
  const server = made('daemonsets', {});
  expect(refusedFields(() => changed(server, 'daemonsets', { selector: { matchLabels: { a: 'c' } } }))).toEqual([
    'spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable',
    'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
  ]);
});
