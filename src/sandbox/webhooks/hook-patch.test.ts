import { afterEach, describe, expect, it } from 'vitest';
import { type Draft, at as fieldAt } from '../machinery/json.ts';
import {
  at,
  closeHookServers,
  type HookServer,
  jsonPatch,
  map,
  MAPS,
  startHookServer,
} from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

describe('a mutating webhook', () => {
  it('changes the object, which is defaulted, checked, and owned by nobody for what it added', async () => {
    const server = startHookServer();
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
    await server.register('Mutating', 'c', [{ rules }]);
    server.on('/hook', jsonPatch({ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'proxy' } }));
    const pods = '/api/v1/namespaces/default/pods';
    const pod = await server.post(pods, map('p', { spec: { containers: [{ name: 'main', image: 'app:1' }] } }));
    expect(fieldAt(pod.value, 'spec', 'containers')).toMatchObject([
      { name: 'main', imagePullPolicy: 'IfNotPresent' },
      { name: 'side', imagePullPolicy: 'Always', terminationMessagePath: '/dev/termination-log' },
    ]);
    expect(JSON.stringify(fieldAt(pod.value, 'metadata', 'managedFields'))).not.toContain('side');

    server.on('/hook', jsonPatch({ op: 'replace', path: '/spec/containers/0/name', value: 'Not a name' }));
    const broken = await server.post(pods, map('q', { spec: { containers: [{ name: 'main', image: 'app:1' }] } }));
    expect(broken.message).toContain('spec.containers[0].name: Invalid value: "Not a name"');
  });

  it('runs in the order of configuration names, each on what the one before left', async () => {
    const server = startHookServer();
    const append =
      (text: string): Parameters<HookServer['on']>[1] =>
      ({ request }) =>
        jsonPatch({
          op: 'add',
          path: '/data/log',
          value: `${String(fieldAt(request['object'], 'data', 'log'))}${text}`,
        });
    server.on('/a', append('a'));
    server.on('/b', append('b'));
    await server.register('Mutating', 'z', [at('/b')]);
    await server.register('Mutating', 'y', [at('/a')]);
    const { value } = await server.post(MAPS, map('m', { data: { log: '-' } }));
    expect(value['data']).toEqual({ log: '-ab' });
    expect(server.reviews.map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  it.each([
    ['Never', ['/a', '/b']],
    ['IfNeeded', ['/a', '/b', '/a']],
  ])('that is reinvoked %s is asked again after a later change accordingly', async (reinvocationPolicy, paths) => {
    const server = startHookServer();
    server.on('/b', jsonPatch({ op: 'add', path: '/data', value: { b: '1' } }));
    await server.register('Mutating', 'y', [{ ...at('/a'), reinvocationPolicy }]);
    await server.register('Mutating', 'z', [{ ...at('/b'), reinvocationPolicy }]);
    await server.post(MAPS, map('m'));
    expect(server.reviews.map(({ path }) => path)).toEqual(paths);
  });

  it.each<[string, Draft, string]>([
    [
      'a missing parent',
      jsonPatch({ op: 'add', path: '/metadata/annotations/a', value: 'b' }),
      'Internal error occurred: add operation does not apply: doc is missing path: "/metadata/annotations/a": missing value',
    ],
    [
      'a missing member',
      jsonPatch({ op: 'remove', path: '/data' }),
      "Internal error occurred: error in remove for path: '/data': Unable to remove nonexistent key: data: missing value",
    ],
    [
      'no type',
      { allowed: true, patch: jsonPatch({ op: 'add', path: '/data', value: {} })['patch'] },
      'Internal error occurred: failed calling webhook "one.hooks.example": received invalid webhook response: webhook returned response.patch but not response.patchType',
    ],
    [
      'another type',
      { ...jsonPatch({ op: 'add', path: '/data', value: {} }), patchType: 'Merge' },
      'Internal error occurred: failed calling webhook "one.hooks.example": unsupported patch type "Merge"',
    ],
  ])('with a patch of %s stops the request', async (_title, answer, message) => {
    const server = startHookServer();
    await server.register('Mutating', 'c', [{}]);
    server.on('/hook', answer);
    expect((await server.post(MAPS, map('m'))).message).toBe(message);
  });

  it('cannot change what is deleted', async () => {
    const server = startHookServer();
    await server.post(MAPS, map('m'));
    await server.register('Mutating', 'c', [{}]);
    server.on('/hook', jsonPatch({ op: 'add', path: '/data', value: {} }));
    expect((await server.send('DELETE', `${MAPS}/m`)).message).toBe(
      'Internal error occurred: admission webhook "one.hooks.example" attempted to modify the object, which is not supported for this operation',
    );
  });
});
