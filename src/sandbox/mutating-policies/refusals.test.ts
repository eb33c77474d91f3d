/** What MutatingAdmissionPolicies refuse, and which of them are refused. */
import { describe, expect, it } from 'vitest';
import { type Draft } from '../machinery/json.ts';
import {
  DEPLOYMENTS,
  TEMPLATE,
  patch,
  apply,
  add,
  count,
  deployment,
  inPod,
  denied,
  type Made,
  policyCluster,
} from '../test-kit/mutating-policies.ts';

describe('what does not fit is refused', () => {
  it.each<[string, Draft, number, string]>([
    [
      'an expression that fails',
      apply('Object{data: {"v": object.data.q}}'),
      403,
      denied(`expression 'Object{data: {"v": object.data.q}}' resulted in error: no such key: q`),
    ],
    [
      'a missing parent',
      add('/nope/a', '"b"'),
      403,
      denied('JSON Patch: add operation does not apply: doc is missing path: "/nope/a": missing value'),
    ],
    [
      'a missing member',
      patch('[JSONPatch{op: "remove", path: "/data/q"}]'),
      403,
      denied("JSON Patch: error in remove for path: '/data/q': Unable to remove nonexistent key: q: missing value"),
    ],
    [
      'a missing source',
      patch('[JSONPatch{op: "move", from: "/data/q", path: "/data/v"}]'),
      403,
      denied("JSON Patch: error in move for path: 'q': Unable to remove nonexistent key: q: missing value"),
    ],
    [
      'a path without a slash',
      add('data', '"b"'),
      403,
      denied('JSON Patch: add operation does not apply: doc is missing path: "data": missing value'),
    ],
    [
      'an unknown operation',
      patch('[JSONPatch{op: "frob", path: "/data"}]'),
      403,
      denied('JSON Patch: Unexpected kind: frob'),
    ],
    [
      'a field that a patch makes up',
      add('/frob', '"b"'),
      500,
      'Internal error occurred: strict decoding error: unknown field "frob"',
    ],
    [
      'a value of the wrong type',
      add('/data/n', '1'),
      500,
      'Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'a field that a configuration makes up',
      apply('Object{frob: "x"}'),
      403,
      denied(
        'error applying patch: failed to convert patch object to typed object: .frob: field not declared in schema',
      ),
    ],
    [
      'a number for a text',
      apply('Object{data: {"n": 1}}'),
      403,
      denied(
        'error applying patch: failed to convert patch object to typed object: .data.n: expected string, got &value.valueUnstructured{Value:1}',
      ),
    ],
    [
      'null for a map',
      apply('Object{data: null}'),
      403,
      denied(
        'error applying patch: failed to convert patch object to typed object: .data: expected map, got &{NULL_VALUE}',
      ),
    ],
    [
      'a literal of another path',
      apply('Object{metadata: Object.wrong{}}'),
      403,
      denied(
        'type mismatch: unexpected type name "Object.wrong", expected "Object.metadata", which matches field name path from root Object type',
      ),
    ],
    [
      'a key that is no text',
      apply('Object{metadata: Object.metadata{labels: {1: "x"}}}'),
      403,
      denied(
        String.raw`error applying patch: failed to convert patch object to typed object: .metadata: expected map, got &{fail to convert field "labels": map key '\x01' is of type types.Int, not string}`,
      ),
    ],
    [
      'another namespace',
      apply('Object{metadata: Object.metadata{namespace: "other"}}'),
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('%s', async (_, mutation, code, message) => {
    const { policy, post } = policyCluster();
    await policy([mutation]);
    const { status, value } = await post();
    expect({ status, message: value['message'] }).toEqual({ status: code, message });
    if (code === 403)
      expect(value).toMatchObject({
        reason: 'Invalid',
        details: { name: 'm', kind: 'configmaps', causes: [{ message }] },
      });
  });

  it.each([
    [
      'a list',
      `[${TEMPLATE}.spec.containers{name: "one", args: ["y"]}]`,
      'invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.containers[0].args',
    ],
    [
      'a map in a list',
      '[{"name": "side"}]',
      'failed to convert patch object to typed object: .spec.template.spec.containers: element 0: associative list with keys may not have non-map elements',
    ],
  ])('%s that would replace all of it', async (_, expression, problem) => {
    const { policy, send } = policyCluster();
    await policy([inPod(expression)]);
    expect((await send('POST', DEPLOYMENTS, deployment())).message).toBe(denied(`error applying patch: ${problem}`));
  });

  it('unless failures are ignored: then the other changes are made', async () => {
    const { policy, post } = policyCluster();
    await policy([count('v'), add('/data/w', 'object.data.q'), count('z')], { spec: { failurePolicy: 'Ignore' } });
    expect((await post()).value['data']).toEqual({ a: '1', v: 'x', z: 'x' });
  });
});

describe('policies that cannot be are refused when they are made', () => {
  const EXPRESSION = 'spec.mutations[0].applyConfiguration.expression';
  it.each<[string, readonly Draft[], Made, string]>([
    ['no changes', [], {}, 'spec.mutations: Required value: mutations must contain at least one item'],
    ['no patch type', [{ jsonPatch: { expression: '[]' } }], {}, 'spec.mutations[0].patchType: Required value'],
    [
      'another patch type',
      [{ patchType: 'Frob' }],
      {},
      'spec.mutations[0].patchType: Unsupported value: "Frob": supported values: "ApplyConfiguration", "JSONPatch"',
    ],
    [
      'no patch',
      [{ patchType: 'JSONPatch' }],
      {},
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    ],
    [
      'two patches',
      [{ ...apply('Object{}'), jsonPatch: { expression: '[]' } }],
      {},
      'spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration',
    ],
    ['an empty expression', [apply(' ')], {}, `${EXPRESSION}: Required value`],
    [
      'a list of nothing',
      [patch('[]')],
      {},
      'spec.mutations[0].jsonPatch.expression: Invalid value: "[]": must evaluate to list(JSONPatch) but got list(dyn)',
    ],
    [
      'a part of an object',
      [apply('Object.spec{}')],
      {},
      `${EXPRESSION}: Invalid value: "Object.spec{}": must evaluate to Object but got Object.spec`,
    ],
    [
      'an unknown name',
      [apply(' Object{a: b} ')],
      {},
      `${EXPRESSION}: Invalid value: "Object{a: b}": compilation failed: ERROR: <input>:1:11: undeclared reference to 'b' (in container '')`,
    ],
    [
      'an unknown name in a condition',
      [apply('Object{}')],
      { spec: { matchConditions: [{ name: 'c', expression: ' x' }] } },
      `spec.matchConditions[0].expression: Invalid value: "x": compilation failed: ERROR: <input>:1:1: undeclared`,
    ],
    [
      'a literal in a variable',
      [apply('Object{a: variables.v}')],
      { spec: { variables: [{ name: 'v', expression: 'Object{}' }] } },
      `is invalid: spec.variables[0].expression: Invalid value: "Object{}": compilation failed: ERROR: <input>:1:7: undeclared reference to 'Object'`,
    ],
    [
      'no reinvocation policy',
      [apply('Object{}')],
      { spec: { reinvocationPolicy: '' } },
      'spec.reinvocationPolicy: Required value',
    ],
    [
      'deletions',
      [apply('Object{}')],
      {
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] }],
          },
        },
      },
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ],
    ['a binding to nothing', [apply('Object{}')], { binding: { policyName: '' } }, 'spec.policyName: Required value'],
  ])('%s', async (_, mutations, made, message) => {
    const { policy } = policyCluster();
    const answer = await policy(mutations, made);
    expect(answer.status).toBe(422);
    expect(answer.message).toContain(message);
  });
});
