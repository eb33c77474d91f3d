/** `matchPolicy: Equivalent`: expressions see the object in the version that their rule is about. */
import { afterEach, expect, it } from 'vitest';
import { asText, type Draft } from '../machinery/json.ts';
import { closeHookServers, startHookServer } from '../test-kit/hook-server.ts';

afterEach(closeHookServers);

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';

async function policed(rule: Draft, expression: string) {
  const server = startHookServer({ access: { mode: 'on', users: new Map(), anonymous: 'refused' } });
  const send = async (method: string, path: string, body: Draft) => {
    const answer = await server.sandbox.server.handle({
      method,
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      user: { name: 'admin', groups: ['system:masters'] },
    });
    const value = (answer.body.form === 'object' ? answer.body.value : {}) as Draft;
    return { status: answer.status, message: asText(value['message']) };
  };
  const spec = {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression: 'false', messageExpression: expression }],
  };
  const made = await send('POST', `${REGISTRATION}/validatingadmissionpolicies`, { metadata: { name: 'p' }, spec });
  expect(made.status).toBe(201);
  const bound = { policyName: 'p', validationActions: ['Deny'] };
  await send('POST', `${REGISTRATION}/validatingadmissionpolicybindings`, { metadata: { name: 'p' }, spec: bound });
  return send;
}

it('an autoscaler of v2 is shown as v1 to a rule about v1', async () => {
  const rule = {
    apiGroups: ['autoscaling'],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['horizontalpodautoscalers'],
  };
  const send = await policed(
    rule,
    '"cpu " + string(object.spec.targetCPUUtilizationPercentage) + " " + object.apiVersion + " " + request.kind.version + " " + request.requestKind.version',
  );
  const target = { type: 'Utilization', averageUtilization: 61 };
  const refused = await send('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', {
    metadata: { name: 'h' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      maxReplicas: 2,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  });
  expect(refused).toMatchObject({
    status: 422,
    message: expect.stringMatching(/cpu 61 autoscaling\/v1 v1 v2$/) as string,
  });
});

it('a subresource of a kind of its own is of that kind', async () => {
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments/scale'] };
  const send = await policed(rule, 'request.kind.group + " " + request.kind.kind');
  const labels = { a: 'b' };
  await send('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  const refused = await send('PUT', '/apis/apps/v1/namespaces/default/deployments/d/scale', {
    metadata: { name: 'd', namespace: 'default' },
    spec: { replicas: 2 },
  });
  expect(refused).toMatchObject({ status: 422, message: expect.stringMatching(/autoscaling Scale$/) as string });
});
