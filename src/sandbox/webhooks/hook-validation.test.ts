import { afterEach, describe, expect, it } from 'vitest';
import type { Draft } from '../machinery/json.ts';
import { closeHookServers, hookOf, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

const PATHS = {
  Validating: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  Mutating: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
} as const;

const configuration = (...hooks: readonly Draft[]): Draft => ({
  metadata: { name: 'c' },
  webhooks: hooks.map((hook) => ({ ...hookOf(), ...hook })),
});

describe('a webhook configuration', () => {
  it.each(['Validating', 'Mutating'] as const)('of the %s kind gets the defaults of the server', async (kind) => {
    const { status, value } = await startHookServer().post(PATHS[kind], configuration({}));
    expect(status).toBe(201);
    expect(value['webhooks']).toEqual([
      {
        name: 'one.hooks.example',
        clientConfig: { service: { namespace: 'shop', name: 'hooks', path: '/hook', port: 443 } },
        rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], scope: '*' }],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        sideEffects: 'None',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
        ...(kind === 'Mutating' ? { reinvocationPolicy: 'Never' } : {}),
      },
    ]);
    expect(value['metadata']).toMatchObject({ generation: 1 });
  });

  const url = (text: string): Draft => ({ clientConfig: { url: text } });
  const service = (fields: Draft): Draft => ({ clientConfig: { service: { namespace: 'n', name: 's', ...fields } } });
  it.each<[string, Draft, string]>([
    ['without a name', { name: '' }, 'webhooks[0].name: Required value'],
    [
      'with a name of two parts',
      { name: 'a.b' },
      'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
    ],
    [
      'that does not say whether it has side effects',
      { sideEffects: undefined },
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
    ],
    [
      'that has side effects',
      { sideEffects: 'Some' },
      'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    ],
    [
      'without versions of reviews',
      { admissionReviewVersions: [] },
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
    [
      'with unknown versions alone',
      { admissionReviewVersions: ['v2'] },
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
    [
      'with a version twice',
      { admissionReviewVersions: ['v1', 'v1'] },
      'webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version',
    ],
    [
      'that waits too long',
      { timeoutSeconds: 31 },
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
    ],
    [
      'with an unknown failure policy',
      { failurePolicy: 'Maybe' },
      'webhooks[0].failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"',
    ],
    [
      'at a URL without TLS',
      url('http://127.0.0.1/x'),
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
    [
      'at a URL with a user, a query and a fragment',
      url('https://me@h/x?a=b#c'),
      '[webhooks[0].clientConfig.url: Invalid value: "me": user information is not permitted in the URL, ' +
        'webhooks[0].clientConfig.url: Invalid value: "c": fragments are not permitted in the URL, ' +
        'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL]',
    ],
    [
      'at a URL with a port that is none',
      url('https://h:x/'),
      'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "https://h:x/": invalid port ":x" after host; desired format: https://host[/path]',
    ],
    [
      'nowhere',
      { clientConfig: {} },
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
    ],
    [
      'at a Service with a bad port and path',
      service({ port: 70_000, path: 'x//y' }),
      '[webhooks[0].clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive, ' +
        'webhooks[0].clientConfig.service.path: Invalid value: "x//y": must start with a \'/\', ' +
        'webhooks[0].clientConfig.service.path: Invalid value: "x//y": segment[0] may not be empty, ' +
        'webhooks[0].clientConfig.service.path: Invalid value: "x//y": segment[1] may not be empty]',
    ],
    [
      'with a rule about no operation',
      { rules: [{ operations: [], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] },
      'webhooks[0].rules[0].operations: Required value',
    ],
    [
      'with a condition that does not compile',
      { matchConditions: [{ name: 'c', expression: 'object.' }] },
      'webhooks[0].matchConditions[0].expression: Invalid value: "object.": compilation failed: ERROR: <input>:1:8: Syntax error: no viable alternative at input \'.\'',
    ],
    [
      'with a condition that is no yes or no',
      { matchConditions: [{ name: 'c', expression: '1 + 1' }] },
      'webhooks[0].matchConditions[0].expression: Invalid value: "1 + 1": must evaluate to bool but got int',
    ],
  ])('%s is refused', async (_title, hook, problem) => {
    const { status, message } = await startHookServer().post(PATHS.Validating, configuration(hook));
    expect(status).toBe(422);
    expect(message).toContain(`ValidatingWebhookConfiguration.admissionregistration.k8s.io "c" is invalid: ${problem}`);
  });

  it('with two webhooks of one name is refused', async () => {
    const { message } = await startHookServer().post(PATHS.Mutating, configuration({}, {}));
    expect(message).toBe(
      'MutatingWebhookConfiguration.admissionregistration.k8s.io "c" is invalid: webhooks[1].name: Duplicate value: "one.hooks.example"',
    );
  });

  it('counts a generation when its webhooks change, and is checked again', async () => {
    const server = startHookServer();
    const { value } = await server.post(PATHS.Mutating, configuration({}));
    const path = `${PATHS.Mutating}/c`;
    const renamed = await server.send('PUT', path, {
      body: { ...value, webhooks: [{ ...hookOf(), timeoutSeconds: 5 }] },
    });
    expect(renamed.value['metadata']).toMatchObject({ generation: 2 });
    const patch = { metadata: { labels: { a: 'b' } } };
    const labelled = await server.merge(path, patch);
    expect(labelled.value['metadata']).toMatchObject({ generation: 2 });
    const webhooks = [{ ...hookOf(), reinvocationPolicy: 'Often' }];
    const other = await server.send('PUT', path, { body: { ...labelled.value, webhooks } });
    expect(other.message).toContain('Unsupported value: "Often": supported values: "IfNeeded", "Never"');
  });
});
