/**
 * apiextensions-apiserver: pkg/controller/apiapproval, and the reading of stored objects
 * (crdConversionRESTOptionsGetter).
 */
import { afterEach, describe, expect, it } from 'vitest';
import { at, type Draft, objectsOf } from '../machinery/json.ts';
import { closeHookServers, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const STRING = { type: 'string' };
const version = (name: string, properties: Draft, storage = false): Draft => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
});
const definition = (group: string, versions: readonly Draft[], annotations: Draft = {}): Draft => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `doors.${group}`, annotations },
  spec: { group, scope: 'Cluster', names: { plural: 'doors', singular: 'door', kind: 'Door' }, versions },
});

describe('a group of the Kubernetes project', () => {
  it.each([
    ['unapproved, a trial', 'False', 'UnapprovedAnnotation', 'not approved: "unapproved, a trial"'],
    ['https://example.com/1', 'True', 'ApprovedAnnotation', 'approved in https://example.com/1'],
  ])('is told what its approval is worth: %s', async (word, status, reason, message) => {
    const { send } = serverOf();
    const annotations = { 'api-approved.kubernetes.io': word };
    const made = definition('house.k8s.io', [version('v1', {}, true)], annotations);
    expect((await send('POST', DEFINITIONS, { body: made })).status).toBe(201);
    const { value } = await send('GET', `${DEFINITIONS}/doors.house.k8s.io`);
    const told = objectsOf(at(value, 'status', 'conditions')).find(
      ({ type }) => type === 'KubernetesAPIApprovalPolicyConformant',
    );
    expect(told).toMatchObject({ status, reason, message });
  });

  it('alone needs approval', async () => {
    const { send } = serverOf();
    await send('POST', DEFINITIONS, { body: definition('house.example', [version('v1', {}, true)]) });
    const { value } = await send('GET', `${DEFINITIONS}/doors.house.example`);
    expect(objectsOf(at(value, 'status', 'conditions')).map(({ type }) => type)).toEqual([
      'NamesAccepted',
      'Established',
    ]);
  });
});

function serverOf() {
  const server = startHookServer();
  return { send: server.send.bind(server) };
}

describe('versions with different schemas and no webhook', () => {
  const versions = [
    version('v1', { colour: STRING, width: { ...STRING, default: '9' } }, true),
    version('v2', { paint: STRING, width: { ...STRING, default: '7' } }),
  ];
  const door = (apiVersion: string, spec: Draft): Draft => ({
    apiVersion: `house.example/${apiVersion}`,
    kind: 'Door',
    metadata: { name: 'front' },
    spec,
  });
  const front = (apiVersion: string) => `/apis/house.example/${apiVersion}/doors/front`;

  it('keep what the stored version knows, and show what the asked version knows', async () => {
    const { send } = serverOf();
    await send('POST', DEFINITIONS, { body: definition('house.example', versions) });
    const made = await send('POST', '/apis/house.example/v2/doors', { body: door('v2', { paint: 'red' }) });
    expect(made.value['spec']).toEqual({ width: '7' });
    expect((await send('GET', front('v1'))).value['spec']).toEqual({ width: '7' });
    await send('PATCH', front('v1'), { body: { spec: { colour: 'blue' } }, form: 'merge-patch+json' });
    expect((await send('GET', front('v2'))).value['spec']).toEqual({ width: '7' });
    expect((await send('GET', front('v1'))).value['spec']).toEqual({ width: '7', colour: 'blue' });
  });

  it('have on reading the defaults of the stored version', async () => {
    const { send } = serverOf();
    const before = [version('v1', { colour: STRING }, true), versions[1] as Draft];
    await send('POST', DEFINITIONS, { body: definition('house.example', before) });
    await send('POST', '/apis/house.example/v1/doors', { body: door('v1', { colour: 'blue' }) });
    await send('PATCH', `${DEFINITIONS}/doors.house.example`, {
      body: { spec: { versions } },
      form: 'merge-patch+json',
    });
    expect((await send('GET', front('v2'))).value['spec']).toEqual({ width: '9' });
  });
});

describe('a write through the status endpoint of a definition', () => {
  it('may take stored versions away, and is held to names', async () => {
    const { send } = serverOf();
    await send('POST', DEFINITIONS, { body: definition('house.example', [version('v1', {}, true)]) });
    const path = `${DEFINITIONS}/doors.house.example/status`;
    const patch = (status: Draft) => send('PATCH', path, { body: { status }, form: 'merge-patch+json' });
    expect((await patch({ acceptedNames: { shortNames: ['A_'] } })).status).toBe(422);
    expect((await patch({ storedVersions: ['v1', 'v0'] })).status).toBe(200);
  });
});
