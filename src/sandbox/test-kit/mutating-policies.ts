/** An API server, and MutatingAdmissionPolicies on it. */
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';

export const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
export const MAPS = '/api/v1/namespaces/default/configmaps';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

export const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
export const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
export const add = (path: string, value: string) => patch(`[JSONPatch{op: "add", path: "${path}", value: ${value}}]`);
/** Appends an `x` to a value, so that its length says how often that was done. */
export const count = (key: string) =>
  apply(`Object{data: {"${key}": has(object.data.${key}) ? object.data.${key} + "x" : "x"}}`);

export interface Made {
  readonly name?: string;
  readonly spec?: Draft;
  readonly binding?: Draft;
}

export const policyCluster = () => policyClient(new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) }));

export function policyClient(server: Pick<ApiServer, 'handle'>) {
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await server.handle({
      method,
      path,
      headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (answer.body.form === 'object' ? answer.body.value : {}) as Draft;
    return { status: answer.status, value, message: at(value, 'message') };
  };
  const policy = async (mutations: readonly Draft[], { name = 'p', spec = {}, binding = {} }: Made = {}) => {
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*'] }];
    const made = await send('POST', `${REGISTRATION}/mutatingadmissionpolicies`, {
      metadata: { name },
      spec: { reinvocationPolicy: 'Never', matchConstraints: { resourceRules: rules }, mutations, ...spec },
    });
    const bound = await send('POST', `${REGISTRATION}/mutatingadmissionpolicybindings`, {
      metadata: { name: `${name}-binding` },
      spec: { policyName: name, ...binding },
    });
    return made.status === 201 ? bound : made;
  };
  return { send, policy, post: (name = 'm', more: Draft = {}) => send('POST', MAPS, configMap(name, more)) };
}

export const configMap = (name: string, more: Draft = {}) => ({ metadata: { name }, data: { a: '1' }, ...more });
export const deployment = (name = 'd') => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: 'x' } },
    template: {
      metadata: { labels: { app: 'x' } },
      spec: { containers: [{ name: 'one', image: 'i', args: ['x'], env: [{ name: 'A', value: 'a' }] }] },
    },
  },
});
export const containers = (value: Draft) => at(value, 'spec', 'template', 'spec', 'containers');
export const TEMPLATE = 'Object.spec.template';
export const inPod = (expression: string) =>
  apply(`Object{spec: Object.spec{template: ${TEMPLATE}{spec: ${TEMPLATE}.spec{containers: ${expression}}}}}`);
export const denied = (text: string) => `policy 'p' with binding 'p-binding' denied request: ${text}`;
