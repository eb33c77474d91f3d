import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { ApiServer } from '../apiserver/server.ts';
import { OF_DEVELOPERS } from '../test-kit/certificate-requests.ts';
import type { Component } from './unattended.ts';

type Fields = Readonly<Record<string, unknown>>;
type Body = Fields & { readonly metadata?: { readonly name: string } };
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const NAMESPACE = 'namespaces/default';

async function post(path: string, body: Body, running: readonly Component[] = ['controllers', 'nodes']) {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1), running: new Set(running) });
  server.cluster.create(
    { group: '', version: 'v1', resource: 'serviceaccounts' },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
  );
  const ask = async (method: string, at: string, text?: string) => {
    const answer = await server.handle({
      method,
      path: at,
      headers: { 'content-type': 'application/json' },
      ...(text === undefined ? {} : { body: text }),
    });
    const value = (answer.body.form === 'object' ? answer.body.value : {}) as Fields;
    return { status: answer.status, warning: answer.headers['warning'] ?? '', value };
  };
  const text = JSON.stringify({ metadata: { name: 'a' }, ...body });
  const { status, warning, value } = await ask('POST', path, text);
  return {
    status,
    warning,
    value,
    kept: (await ask('GET', `${path}/${body.metadata?.name ?? 'a'}`)).status,
  };
}

const container = { name: 'c', image: 'i' };
const labels = { app: 'a' };
const spread = {
  containers: [container],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } },
  ],
};
const affine = {
  containers: [container],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: 'k', operator: 'Exists' }] } },
      ],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: labels } }],
    },
  },
};
const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
const signing = {
  spec: {
    request: Buffer.from(OF_DEVELOPERS).toString('base64'),
    signerName: 'example.com/s',
    usages: ['client auth'],
  },
};

describe('of what is kept without anybody acting on it its writer is warned', () => {
  test.each<[string, string, Body, RegExp]>([
    [
      'a network policy',
      `/apis/networking.k8s.io/v1/${NAMESPACE}/networkpolicies`,
      { spec: { podSelector: {} } },
      /carries no traffic/,
    ],
    [
      'an Ingress',
      `/apis/networking.k8s.io/v1/${NAMESPACE}/ingresses`,
      { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
      /no ingress controller/,
    ],
    ['a runtime class', '/apis/node.k8s.io/v1/runtimeclasses', { handler: 'h' }, /runs no containers/],
  ])('%s', async (_, path, body, text) => {
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status: 201, kept: 200 });
    expect(answer.warning).toMatch(text);
    // An API server alone was asked for: nothing acts on anything.
    expect(await post(path, body, [])).toMatchObject({ status: 201, warning: '' });
  });

  test.each<[string, string, Body, RegExp]>([
    [
      'a request for a certificate',
      '/apis/certificates.k8s.io/v1/certificatesigningrequests',
      signing,
      /signs no certificates/,
    ],
  ])('%s, where controllers run', async (_, path, body, text) => {
    expect((await post(path, body, ['controllers'])).warning).toMatch(text);
  });

  test.each([
    ['flowschemas', { spec: { priorityLevelConfiguration: { name: 'x' } } }],
    ['prioritylevelconfigurations', { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } }],
  ])('%s, where controllers run', async (resource, body) => {
    const path = `/apis/flowcontrol.apiserver.k8s.io/v1/${resource}`;
    const { status, warning } = await post(path, body, ['controllers']);
    expect(status).toBe(201);
    expect(warning).toMatch(/limits no requests/);
  });

  test('what is heeded earns no warning', async () => {
    for (const spec of [{ containers: [container] }, spread, affine])
      expect(await post(`/api/v1/${NAMESPACE}/pods`, { spec })).toMatchObject({ status: 201, warning: '' });
    expect(await post('/apis/scheduling.k8s.io/v1/priorityclasses', { value: 1 })).toMatchObject({ warning: '' });
    expect(await post(`/api/v1/${NAMESPACE}/persistentvolumeclaims`, claim)).toMatchObject({ warning: '' });
  });
});

test('a configuration without webhooks is kept', async () => {
  const answer = await post(`${REGISTRATION}/validatingwebhookconfigurations`, { webhooks: [] });
  expect(answer).toMatchObject({ status: 201, kept: 200, warning: '' });
});
