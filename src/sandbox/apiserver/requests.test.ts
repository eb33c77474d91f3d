import { describe, expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { excerpt } from './decode.ts';
import { ApiServer } from './server.ts';

const CM = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';

async function ask(method: string, path: string, body?: unknown): Promise<{ code: number; message: string }> {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
  const configMap = { metadata: { name: 'a', namespace: 'default' } };
  server.cluster.create({ group: '', version: 'v1', resource: 'configmaps' }, configMap as never);
  const answer = await server.handle({
    method,
    path,
    headers: {},
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const value = answer.body.form === 'object' ? (answer.body.value as { message?: string }) : {};
  return { code: answer.status, message: value.message ?? '' };
}

describe('Options and versions that do not parse', () => {
  test.each<[string, string, number, string]>([
    ['DELETE', `${CM}/a?gracePeriodSeconds=abc`, 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      'DELETE',
      `${CM}/a?propagationPolicy=Odd&dryRun=Some`,
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: [propagationPolicy: Unsupported value: "Odd": supported values: "Foreground", "Background", "Orphan", "nil", dryRun: Unsupported value: ["Some"]: supported values: "All"]',
    ],
    [
      'GET',
      `${CM}?resourceVersion=x`,
      400,
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ],
    [
      'GET',
      `${CM}/a?resourceVersion=x`,
      500,
      'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ],
    ['GET', `${CM}/a?export=true`, 400, 'the export parameter, deprecated since v1.14, is no longer supported'],
    ['GET', `${CM}?fieldSelector=data.k%3D1&limit=x`, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'GET',
      `${CM}?fieldSelector=data.k%3D1&resourceVersionMatch=Exact`,
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    ['GET', `${EVENTS}?fieldSelector=involvedObject.name%3Dp`, 400, 'field label not supported: involvedObject.name'],
    ['GET', `${CM}?fieldSelector=%3D`, 200, ''],
    [
      'GET',
      `${CM}?continue=x`,
      400,
      'invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
    ],
    [
      'GET',
      `${CM}?watch=1&continue=x`,
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
    ['GET', `${CM}/a/scale?resourceVersion=x`, 404, 'the server could not find the requested resource'],
    ['GET', `${PODS}/a/status?export=1`, 400, 'the export parameter, deprecated since v1.14, is no longer supported'],
    ['POST', `${PODS}/a/exec?dryRun=All`, 400, 'dryRun is not supported'],
    ['POST', '/api', 405, 'the server does not allow this method on the requested resource'],
    ['GET', '/api/v1/nodes?fieldSelector=metadata.namespace%3Dp', 400, 'field label not supported: metadata.namespace'],
  ])('%s %s', async (method, path, code, message) => {
    expect(await ask(method, path)).toEqual({ code, message });
  });

  test('a body stands for the query of a deletion', async () => {
    const options = { gracePeriodSeconds: 'abc' };
    expect(await ask('DELETE', `${CM}/a?gracePeriodSeconds=5`, options)).toEqual({
      code: 400,
      message: 'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    });
  });

  test.each<[unknown, number, string]>([
    [
      { gracePeriodSeconds: 1.5 },
      400,
      'number 1.5 into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [{ dryRun: 'All' }, 400, 'string into Go struct field DeleteOptions.dryRun of type []string'],
    [{ preconditions: [] }, 400, 'array into Go struct field DeleteOptions.preconditions of type v1.Preconditions'],
    ['null', 200, ''],
  ])('options of a deletion: %j', async (options, code, problem) => {
    const message = problem === '' ? '' : `json: cannot unmarshal ${problem}`;
    expect(await ask('DELETE', `${CM}/a`, options)).toEqual({ code, message });
  });

  test.each(['resourceVersion=0', 'uid=other'])('the precondition %s of a query counts', async (query) => {
    expect(await ask('DELETE', `${CM}/a?${query}`)).toMatchObject({ code: 409 });
  });

  test('a deletion with a body goes through, whatever the query says of trying', async () => {
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
    const of = { group: '', version: 'v1', resource: 'configmaps' };
    server.cluster.create(of, { metadata: { name: 'a', namespace: 'default' } } as never);
    await server.handle({ method: 'DELETE', path: `${CM}/a?dryRun=All`, headers: {}, body: '{}' });
    expect(server.cluster.get(of, { namespace: 'default', name: 'a' })).toBeUndefined();
  });
});

describe('Bodies that nothing is done with', () => {
  test.each<[string, string, unknown, number, string]>([
    ['POST', `${CM}?dryRun=All`, { metadata: { name: 'b', resourceVersion: '7' } }, 201, ''],
    [
      'PUT',
      '/apis/apps/v1/namespaces/default/deployments/none/scale',
      {},
      400,
      'the name of the object (none based on URL) was undeterminable: name must be provided',
    ],
  ])('%s %s', async (method, path, body, code, message) => {
    expect(await ask(method, path, body)).toEqual({ code, message });
  });
});

describe('The start of a body in a refusal', () => {
  test.each([
    ['', '<empty>'],
    ['nope', '6e6f7065'],
    ['{"a":1}', '{"a":1}'],
    [`{"a":"${'x'.repeat(40)}"}`, `{"a":"${'x'.repeat(24)} ...`],
  ])('%s', (text, shown) => {
    expect(excerpt(text)).toBe(shown);
  });
});

describe('The form of a refusal', () => {
  test.each<[string, string, number, string]>([
    ['application/yaml', `${CM}/none`, 404, 'application/yaml'],
    ['application/yaml;as=Table;v=v1;g=meta.k8s.io', `${CM}/none`, 404, 'application/json'],
    ['APPLICATION/JSON', `${CM}/a`, 406, 'application/json'],
    ['application/yaml', `${CM}?watch=1`, 406, 'application/yaml'],
  ])('for %s on %s', async (accept, path, status, contentType) => {
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
    const answer = await server.handle({ method: 'GET', path, headers: { accept } });
    expect([answer.status, answer.headers['content-type']]).toEqual([status, contentType]);
  });

  test('says not to guess what it is, where the user may not ask', async () => {
    const users = new Map([['t', { name: 'ann', groups: [] }]]);
    const access = { mode: 'on', users, anonymous: 'refused' } as const;
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1), access });
    const answer = await server.handle({ method: 'GET', path: CM, headers: { authorization: 'Bearer t' } });
    expect([answer.status, answer.headers['x-content-type-options']]).toEqual([403, 'nosniff']);
  });
});
