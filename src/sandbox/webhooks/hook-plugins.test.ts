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
  URL_OF_HOOK,
} from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

describe('a validating webhook', () => {
  it.each<[string, Draft, Draft]>([
    [
      'with a message',
      { status: { message: 'no cats', code: 418, reason: 'Teapot' } },
      { message: 'admission webhook "one.hooks.example" denied the request: no cats', code: 418, reason: 'Teapot' },
    ],
    [
      'with a reason alone, and a code below 400',
      { status: { reason: 'Forbidden', code: 200 } },
      {
        message: 'admission webhook "one.hooks.example" denied the request: Forbidden',
        code: 400,
        reason: 'Forbidden',
      },
    ],
    [
      'without a word',
      {},
      { message: 'admission webhook "one.hooks.example" denied the request without explanation', code: 400 },
    ],
  ])('denies %s', async (_title, answer, expected) => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{}]);
    server.on('/hook', { allowed: false, warnings: ['mind the gap'], ...answer });
    const { status, value, warning } = await server.post(MAPS, map('m'));
    expect(value).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...expected });
    expect(status).toBe(expected['code']);
    expect(warning).toBe('299 - "mind the gap"');
    expect((await server.send('GET', `${MAPS}/m`)).status).toBe(404);
  });

  it.each<[string, Parameters<HookServer['on']>[1], string]>([
    [
      'is not there',
      new Error('dial tcp 127.0.0.1:9443: connect: connection refused'),
      `failed to call webhook: Post "${URL_OF_HOOK}": dial tcp 127.0.0.1:9443: connect: connection refused`,
    ],
    [
      'has no such path',
      { http: { status: 404, headers: { 'content-type': 'text/plain' }, body: 'nothing here' } },
      'failed to call webhook: the server could not find the requested resource',
    ],
    [
      'breaks down',
      { http: { status: 500, headers: { 'content-type': 'text/plain' }, body: 'oh no\n' } },
      'failed to call webhook: an error on the server ("oh no") has prevented the request from succeeding',
    ],
    [
      'answers no JSON',
      { http: { body: 'hello' } },
      "failed to call webhook: couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value",
    ],
    [
      'answers no response',
      { http: { body: '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}' } },
      'received invalid webhook response: webhook response was absent',
    ],
    [
      'answers with a patch',
      jsonPatch({ op: 'add', path: '/data', value: {} }),
      'received invalid webhook response: validating webhook may not return response.patch',
    ],
  ])('that %s stops the request, unless its failure is to be ignored', async (_title, answer, problem) => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{}]);
    server.on('/hook', answer);
    const failed = await server.post(MAPS, map('m'));
    const told = `failed calling webhook "one.hooks.example": ${problem}`;
    expect(failed.value).toMatchObject({
      code: 500,
      reason: 'InternalError',
      details: { causes: [{ message: told }] },
    });
    expect(failed.message).toBe(`Internal error occurred: ${told}`);

    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/c';
    const patch = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
    await server.send('PATCH', path, { body: patch, form: 'json-patch+json' });
    expect((await server.post(MAPS, map('m'))).status).toBe(201);
  });

  it('that answers another uid is not believed', async () => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{}]);
    server.on('/hook', { uid: 'x', allowed: true });
    expect((await server.post(MAPS, map('m'))).message).toMatch(
      /received invalid webhook response: expected response\.uid="[0-9a-f-]{36}", got "x"$/,
    );
  });

  it('that does not answer in time has failed', async () => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{ timeoutSeconds: 3 }]);
    let aborted = false;
    server.on('/hook', (_, signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    });
    const answer = server.post(MAPS, map('m'));
    await server.clock.advance(2_999);
    expect(await Promise.race([answer, Promise.resolve('waits')])).toBe('waits');
    await server.clock.advance(1);
    const { status, message } = await answer;
    expect({ status, aborted }).toEqual({ status: 500, aborted: true });
    expect(message).toContain('Post "https://hooks.shop.svc:443/hook?timeout=3s": context deadline exceeded');
  });

  it('is asked beside the others, and the first in the order of names is heard', async () => {
    const server = startHookServer();
    let open = 0;
    let most = 0;
    for (const path of ['/a', '/b'])
      server.on(path, async () => {
        most = Math.max(most, ++open);
        await Promise.resolve();
        open--;
        return { allowed: false, status: { message: path } };
      });
    await server.register('Validating', 'z', [at('/b')]);
    await server.register('Validating', 'y', [at('/a')]);
    const { message } = await server.post(MAPS, map('m'));
    expect({ message, most }).toEqual({
      message: 'admission webhook "one.hooks.example" denied the request: /a',
      most: 2,
    });
  });

  it('is told of a dry run', async () => {
    const server = startHookServer();
    await server.register('Validating', 'c', [{}]);
    expect((await server.post(`${MAPS}?dryRun=All`, map('m'))).status).toBe(201);
    expect(server.reviews[0]?.request).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } });
  });

  it('is asked about each object of a collection before any of them goes', async () => {
    const server = startHookServer();
    for (const name of ['a', 'b', 'c']) await server.post(MAPS, map(name));
    await server.register('Validating', 'c', [{}]);
    server.on('/hook', ({ request }) => ({ allowed: fieldAt(request['oldObject'], 'metadata', 'name') !== 'b' }));
    const { status } = await server.send('DELETE', MAPS);
    const left = (await server.send('GET', MAPS)).value['items'] as { metadata: { name: string } }[];
    expect({ status, left: left.map(({ metadata }) => metadata.name) }).toEqual({ status: 400, left: ['b', 'c'] });
    expect(server.reviews).toHaveLength(3);
  });
});
