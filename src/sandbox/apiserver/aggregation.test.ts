import { afterEach, describe, expect, it } from 'vitest';
import { at, type Draft, objectsOf } from '../machinery/json.ts';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox, type OutsideRequest, type OutsideWorld, type Sandbox } from '../index.ts';

const open: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close();
});

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const spec = {
  group: 'flags.example',
  version: 'v1',
  groupPriorityMinimum: 100,
  versionPriority: 10,
  service: { namespace: 'default', name: 'flags' },
};

function start(outside?: OutsideWorld) {
  const clock = new VirtualClock();
  const sandbox = createSandbox({
    clock,
    controllers: 'off',
    scheduler: 'off',
    kubelet: 'off',
    ...(outside ? { outside } : {}),
  });
  open.push(sandbox);
  const send = async (method: string, path: string, body?: Draft, accept = 'application/json') => {
    const answer = await sandbox.server.handle({
      method,
      path,
      headers: { accept, 'content-type': 'application/json', authorization: 'Bearer secret' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (answer.body.form === 'object') return { ...answer, text: '', value: answer.body.value as Draft };
    const chunks: Uint8Array[] = [];
    if (answer.body.form === 'bytes') for await (const chunk of answer.body.chunks) chunks.push(chunk);
    return { ...answer, text: Buffer.concat(chunks).toString(), value: {} as Draft };
  };
  const register = async () => {
    const made = await send('POST', SERVICES, { metadata: { name: 'v1.flags.example' }, spec });
    expect(made.status).toBe(201);
    await clock.advance(0);
  };
  const condition = async (): Promise<Draft | undefined> => {
    const service = (await send('GET', `${SERVICES}/v1.flags.example`)).value;
    return objectsOf(at(service, 'status', 'conditions'))[0];
  };
  return { clock, send, register, condition };
}

const made = (kind: string, fields: Draft): Draft => ({ metadata: { name: 'flags' }, kind, ...fields });

describe('an APIService whose server cannot be reached', () => {
  it('says step by step what is missing', async () => {
    const { clock, send, register, condition } = start();
    await register();
    expect(await condition()).toMatchObject({
      type: 'Available',
      status: 'False',
      reason: 'ServiceNotFound',
      message: 'service/flags in "default" is not present',
    });
    const said = async (): Promise<string> => {
      await clock.advance(0);
      const { reason, message } = (await condition()) ?? {};
      return [reason, message].join(': ');
    };
    const services = '/api/v1/namespaces/default/services';
    await send('POST', services, made('Service', { spec: { clusterIP: '10.96.0.77', ports: [{ port: 80 }] } }));
    expect(await said()).toBe('ServicePortError: service/flags in "default" is not listening on port 443');
    await send('DELETE', `${services}/flags`);
    await send('POST', services, made('Service', { spec: { clusterIP: '10.96.0.77', ports: [{ port: 443 }] } }));
    expect(await said()).toBe('EndpointsNotFound: cannot find endpoints for service/flags in "default"');
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    const slice = (endpoints: readonly Draft[]): Draft => ({
      metadata: { name: 's', labels: { 'kubernetes.io/service-name': 'flags' } },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8443 }],
      endpoints,
    });
    await send('POST', slices, slice([{ addresses: ['10.0.0.9'], conditions: { ready: false } }]));
    expect(await said()).toBe(
      'MissingEndpoints: endpoints for service/flags in "default" have no addresses with port name ""',
    );
    await send('DELETE', `${slices}/s`);
    await send('POST', slices, slice([{ addresses: ['10.0.0.9'] }]));
    const url = 'https://10.96.0.77:443/apis/flags.example/v1';
    expect(await said()).toBe(
      `FailedDiscoveryCheck: failing or missing response from ${url}: Get "${url}": dial tcp 10.96.0.77:443: connect: connection refused`,
    );
  });

  it('answers 503 for all that is its own, and leaves the rest of discovery as it is', async () => {
    const { send, register } = start();
    await register();
    for (const path of ['', '/namespaces/default/flags', '/flags/x']) {
      const { status, text, headers } = await send('GET', `/apis/flags.example/v1${path}`);
      expect({ status, text }).toEqual({ status: 503, text: 'service unavailable\n' });
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    const groups = objectsOf((await send('GET', '/apis')).value['groups']);
    expect(groups.at(-1)).toEqual({
      name: 'flags.example',
      versions: [{ groupVersion: 'flags.example/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'flags.example/v1', version: 'v1' },
    });
    expect((await send('GET', '/apis/flags.example')).value).toMatchObject({ kind: 'APIGroup', name: 'flags.example' });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const items = objectsOf((await send('GET', '/apis', undefined, accept)).value['items']);
    expect(items.at(-1)?.['versions']).toEqual([{ version: 'v1', freshness: 'Stale' }]);
    expect(items.find((item) => at(item, 'metadata', 'name') === 'apps')?.['versions']).toMatchObject([
      { freshness: 'Current' },
    ]);
    await send('DELETE', `${SERVICES}/v1.flags.example`);
    expect((await send('GET', '/apis/flags.example/v1')).status).toBe(404);
  });

  it.each<[string, Draft, string]>([
    ['without a Service that has a name', { service: { namespace: 'n' } }, 'spec.service.name: Required value'],
    [
      'that trusts all and some',
      { insecureSkipTLSVerify: true, caBundle: 'QQ==' },
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  ])('%s is refused', async (_title, fields, problem) => {
    const body = { metadata: { name: 'v1.flags.example' }, spec: { ...spec, ...fields } };
    expect((await start().send('POST', SERVICES, body)).value['message']).toContain(problem);
  });
});

it('an APIService whose server is reached is available, and asked in the name of the user', async () => {
  const asked: OutsideRequest[] = [];
  const { send, register, condition } = start({
    resolve: ({ name, port }) => (name === 'flags' && port === 443 ? '127.0.0.1:9443' : undefined),
    call: (request) => {
      asked.push(request);
      const resources = [
        { name: 'flags', singularName: 'flag', namespaced: true, kind: 'Flag', verbs: ['get'] },
        { name: 'flags/status', singularName: '', namespaced: true, kind: 'Flag', verbs: ['get'] },
      ];
      const body = request.url.endsWith('/v1') ? { kind: 'APIResourceList', resources } : { kind: 'Flag' };
      return Promise.resolve({
        status: request.method === 'POST' ? 201 : 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    },
  });
  await register();
  expect(await condition()).toMatchObject({ status: 'True', reason: 'Passed', message: 'all checks passed' });
  const flag = await send('POST', '/apis/flags.example/v1/namespaces/default/flags?dryRun=All', { kind: 'Flag' });
  expect({ status: flag.status, text: flag.text }).toEqual({ status: 201, text: '{"kind":"Flag"}' });
  const last = asked.at(-1);
  expect(last).toMatchObject({
    method: 'POST',
    url: 'https://flags.default.svc:443/apis/flags.example/v1/namespaces/default/flags?dryRun=All',
    address: '127.0.0.1:9443',
    headers: { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters, system:authenticated' },
    body: '{"kind":"Flag"}',
  });
  expect(last?.headers['authorization']).toBeUndefined();
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const items = objectsOf((await send('GET', '/apis', undefined, accept)).value['items']);
  expect(at(items.at(-1), 'versions')).toMatchObject([
    {
      version: 'v1',
      freshness: 'Current',
      resources: [{ resource: 'flags', subresources: [{ subresource: 'status' }] }],
    },
  ]);
});
