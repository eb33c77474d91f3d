/** The rules of k8s.io/apiextensions-apiserver pkg/apiserver/conversion/webhook_converter.go, over requests. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { type Answering, closeHookServers, type HookServer, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

const STRING = { type: 'string' };
const schema = (properties: Draft): Draft => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
});
const definition = (more: Draft = {}): Draft => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'doors.house.example' },
  spec: {
    group: 'house.example',
    scope: 'Namespaced',
    names: { plural: 'doors', singular: 'door', kind: 'Door' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: schema({ colour: STRING, width: { ...STRING, default: '9' } }),
      },
      {
        name: 'v2',
        served: true,
        storage: false,
        schema: schema({ paint: STRING, width: STRING }),
        selectableFields: [{ jsonPath: '.spec.paint' }],
      },
    ],
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'https://127.0.0.1:9443/convert' }, conversionReviewVersions: ['v1'] },
    },
    ...more,
  },
});

/** `colour` of v1 is `paint` of v2. */
const repaint: Answering = ({ request }) => ({
  result: { status: 'Success' },
  convertedObjects: objectsOf(request['objects']).map((object) => {
    const { colour, paint, ...spec } = object['spec'] as Draft;
    const to = asText(request['desiredAPIVersion']);
    const value = colour ?? paint;
    const field = to.endsWith('v1') ? { colour: value } : { paint: value };
    return { ...object, apiVersion: to, spec: { ...spec, ...(value === undefined ? {} : field), extra: 'pruned' } };
  }),
});

const doors = (version: string) => `/apis/house.example/${version}/namespaces/default/doors`;
const door = (version: string, name: string, spec: Draft): Draft => ({
  apiVersion: `house.example/${version}`,
  kind: 'Door',
  metadata: { name },
  spec,
});

async function house(answer: Answering = repaint, more: Draft = {}): Promise<HookServer> {
  const server = startHookServer();
  server.on('/convert', answer);
  const made = await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: definition(more),
  });
  expect(made.status).toBe(201);
  return server;
}

describe('a definition whose versions a webhook converts', () => {
  it('stores one version and shows each', async () => {
    const server = await house();
    const made = await server.send('POST', doors('v2'), { body: door('v2', 'front', { paint: 'red' }) });
    expect(made).toMatchObject({
      status: 201,
      value: { apiVersion: 'house.example/v2', spec: { paint: 'red', width: '9' } },
    });
    expect(made.value['spec']).not.toHaveProperty('extra');
    const shown = await server.send('GET', `${doors('v1')}/front`);
    expect(shown.value).toMatchObject({ apiVersion: 'house.example/v1', spec: { colour: 'red', width: '9' } });
    expect(at(shown.value, 'metadata', 'resourceVersion')).toBe(at(made.value, 'metadata', 'resourceVersion'));
  });

  it('is asked by the name of its review, with what it needs to know', async () => {
    const server = await house();
    await server.send('POST', doors('v2'), { body: door('v2', 'front', { paint: 'red' }) });
    const [review] = server.reviews;
    expect(review?.url).toBe('https://127.0.0.1:9443/convert?timeout=30s');
    expect(review?.request).toMatchObject({
      desiredAPIVersion: 'house.example/v1',
      objects: [{ spec: { paint: 'red' } }],
    });
  });

  it('lists, selects, patches and deletes in each version', async () => {
    const server = await house();
    for (const [name, paint] of Object.entries({ a: 'red', b: 'blue' }))
      await server.send('POST', doors('v2'), { body: door('v2', name, { paint }) });
    const blue = await server.send('GET', `${doors('v2')}?fieldSelector=spec.paint%3Dblue`);
    expect(objectsOf(blue.value['items']).map((item) => at(item, 'metadata', 'name'))).toEqual(['b']);
    const patched = await server.send('PATCH', `${doors('v1')}/a`, {
      body: { spec: { colour: 'green' } },
      form: 'merge-patch+json',
    });
    expect(patched.value).toMatchObject({ apiVersion: 'house.example/v1', spec: { colour: 'green' } });
    expect((await server.send('GET', `${doors('v2')}/a`)).value).toMatchObject({ spec: { paint: 'green' } });
    const same = await server.send('PATCH', `${doors('v2')}/a`, { body: { spec: {} }, form: 'merge-patch+json' });
    expect(at(same.value, 'metadata', 'resourceVersion')).toBe(at(patched.value, 'metadata', 'resourceVersion'));
    expect((await server.send('DELETE', `${doors('v2')}/a`)).status).toBe(200);
    expect((await server.send('GET', `${doors('v1')}/a`)).status).toBe(404);
  });

  it('shows a watch what comes in the version that it watches, in order', async () => {
    const server = await house();
    await server.send('POST', doors('v1'), { body: door('v1', 'a', { colour: 'red' }) });
    const answer = await server.sandbox.server.handle({ method: 'GET', path: `${doors('v2')}?watch=true` });
    if (answer.body.form !== 'events') throw new Error('no watch');
    const events = answer.body.events[Symbol.asyncIterator]();
    const next = async () => {
      const { value } = (await events.next()) as { value: { type: string; object: KubeObject } };
      return [value.type, value.object.metadata.name, at(value.object, 'spec', 'paint')];
    };
    expect(await next()).toEqual(['ADDED', 'a', 'red']);
    await server.send('POST', doors('v1'), { body: door('v1', 'b', { colour: 'blue' }) });
    await server.send('DELETE', `${doors('v1')}/a`);
    expect(await next()).toEqual(['ADDED', 'b', 'blue']);
    expect(await next()).toEqual(['DELETED', 'a', 'red']);
    await events.return?.();
  });
});

describe('a webhook that converts wrongly', () => {
  const failing: readonly (readonly [title: string, answer: Answering, message: RegExp])[] = [
    [
      'cannot be reached',
      () => new Error('dial tcp 127.0.0.1:9443: connect: connection refused'),
      /^conversion webhook for house\.example\/v2, Kind=Door failed: Post "https:\/\/127\.0\.0\.1:9443\/convert\?timeout=30s": dial tcp 127\.0\.0\.1:9443: connect: connection refused$/,
    ],
    [
      'says why it failed',
      () => ({ result: { status: 'Failure', message: 'no such paint' } }),
      /Kind=Door failed: no such paint$/,
    ],
    [
      'says that it failed',
      () => ({ result: { status: 'Failure' } }),
      /failed: response\.result\.status was 'Failure', not 'Success'$/,
    ],
    ['answers nothing', () => ({ result: { status: 'Success' } }), /returned 0 objects, expected 1$/],
    [
      'answers another review',
      () => ({ uid: 'x', result: { status: 'Success' } }),
      /failed: expected response\.uid="[-0-9a-f]{36}", got "x"$/,
    ],
    [
      'answers the old version',
      ({ request }) => ({ result: { status: 'Success' }, convertedObjects: request['objects'] }),
      /returned invalid object at index 0: invalid groupVersion \(expected house\.example\/v1, received house\.example\/v2\)$/,
    ],
    [
      'renames',
      ({ request }) => ({
        result: { status: 'Success' },
        convertedObjects: objectsOf(request['objects']).map((object) => ({
          ...object,
          apiVersion: 'house.example/v1',
          metadata: { name: 'x' },
        })),
      }),
      /returned invalid object: must have the same name: front != x$/,
    ],
    [
      'labels wrongly',
      ({ request }) => ({
        result: { status: 'Success' },
        convertedObjects: objectsOf(request['objects']).map((object) => ({
          ...object,
          apiVersion: 'house.example/v1',
          metadata: { ...(object['metadata'] as Draft), labels: { a: 1 } },
        })),
      }),
      /returned invalid metadata: metadata\.labels\[a\] must be a string, but is int64 in converted object$/,
    ],
  ];
  it.each(failing)('%s: 500 with its reason, and nothing is stored', async (_, answer, message) => {
    const server = await house(answer);
    const made = await server.send('POST', doors('v2'), { body: door('v2', 'front', { paint: 'red' }) });
    expect(made.status).toBe(500);
    expect(made.message).toMatch(message);
    expect((await server.send('GET', `${doors('v1')}/front`)).status).toBe(404);
  });

  it('may change labels and annotations, and nothing else of the metadata', async () => {
    const server = await house((review, signal) => {
      const converted = repaint(review, signal) as Draft;
      const objects = objectsOf(converted['convertedObjects']).map((object) => ({
        ...object,
        metadata: { ...(object['metadata'] as Draft), labels: { seen: 'yes' }, generation: 99, finalizers: ['x/y'] },
      }));
      return { ...converted, convertedObjects: objects };
    });
    await server.send('POST', doors('v1'), { body: door('v1', 'front', { colour: 'red' }) });
    const { metadata } = (await server.send('GET', `${doors('v2')}/front`)).value;
    expect(metadata).toMatchObject({ generation: 1, labels: { seen: 'yes' } });
    expect(metadata).not.toHaveProperty('finalizers');
  });
});

it('keeps a definition from being served while its bundle of certificates is none', async () => {
  const webhook = {
    clientConfig: { url: 'https://127.0.0.1:9443/convert', caBundle: Buffer.from('none').toString('base64') },
    conversionReviewVersions: ['v1'],
  };
  const server = await house(repaint, { conversion: { strategy: 'Webhook', webhook } });
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/doors.house.example';
  const { value } = await server.send('GET', path);
  expect(objectsOf(at(value, 'status', 'conditions')).find(({ type }) => type === 'Established')).toMatchObject({
    status: 'False',
    reason: 'InvalidCABundle',
    message: 'The conversion webhook CABundle is invalid',
  });
  expect((await server.send('GET', doors('v1'))).status).toBe(404);
});
