import { beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox, type Sandbox } from '../index.ts';

const PATH = '/api/v1/namespaces/default';
let sandbox: Sandbox;

async function said(path: string): Promise<readonly [number, string]> {
  const { status, body } = await sandbox.transport().send({ method: 'GET', path: `${PATH}${path}`, headers: {} });
  const { message = '' } = body.form === 'object' ? (body.value as { readonly message?: string }) : {};
  return [status, message];
}

beforeEach(() => {
  sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const metadata = { name: 'web', namespace: 'default' };
  const spec = { containers: [{ name: 'main', image: 'web:1' }] };
  sandbox.cluster.create({ group: '', version: 'v1', resource: 'pods' }, { metadata, spec } as never);
  sandbox.cluster.create({ group: '', version: 'v1', resource: 'services' }, {
    metadata,
    spec: { ports: [{ port: 80 }] },
  } as never);
});

it.each(['web', 'web:80', 'https:web:80'])(
  'pods/%s/proxy is about the pod web, whatever its scheme and port',
  async (name) => {
    expect(await said(`/pods/${name}/proxy/`)).toEqual([400, 'pod web does not have a host assigned']);
  },
);

it('a pod that is not there is named without its port', async () => {
  expect(await said('/pods/http:other:80/proxy/')).toEqual([404, 'pods "other" not found']);
});

it.each([
  ['web:80', 'no endpoints available for service "web"'],
  ['https:web:81', 'no service port 81 found for service "web"'],
])('services/%s/proxy is about the Service web', async (name, message) => {
  expect(await said(`/services/${name}/proxy/`)).toEqual([503, message]);
});
