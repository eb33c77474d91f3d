/**
 * Whoever makes an admission policy or binds one must be allowed to read its parameters, which its messages and changes
 * could tell: `pkg/registry/admissionregistration/<kind>/authz.go` of k8s.io/kubernetes.
 */
import { checkedKind, invalid } from '../machinery/errors.ts';
import { forbiddenField } from '../machinery/field-errors.ts';
import { goText } from '../machinery/go-text.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asObject, asText, type Draft, equalJson } from '../machinery/json.ts';
import { type AdmissionPlugin, collectionOf, type Machinery } from '../machinery/machinery.ts';
import type { Registry, ResourceType } from '../machinery/registry.ts';
import type { AccessControl } from './access-control.ts';

const GROUP = 'admissionregistration.k8s.io';
const MASTERS = 'system:masters';

/** By the resource of a binding that of its policy. */
const POLICIES: Readonly<Record<string, string>> = {
  mutatingadmissionpolicybindings: 'mutatingadmissionpolicies',
  validatingadmissionpolicybindings: 'validatingadmissionpolicies',
};

/** Belongs before the plugins that judge: it is the last part of the kinds' validation. */
export const paramRights = (access: () => AccessControl): AdmissionPlugin => ({
  validate: ({ type, subresource, name, object, old, terms }, machinery) => {
    if (type.group !== GROUP || subresource !== '' || !object || terms.user.groups.includes(MASTERS)) return;
    const asking: Asking = { user: terms.user, access: access(), machinery };
    const spec = asObject(object['spec']) ?? {};
    const before = asObject(old?.['spec']) ?? {};
    const policies = POLICIES[type.resource];
    const [field, problem] =
      policies === undefined
        ? ['paramKind', policyProblem(spec, before, asking)]
        : ['paramRef', bindingProblem(spec, before, { ...asking, policies })];
    if (problem !== undefined) throw invalid(checkedKind(type), name, [forbiddenField(`spec.${field}`, problem)]);
  },
});

interface Asking {
  readonly user: UserInfo;
  readonly access: AccessControl;
  readonly machinery: Machinery;
}

/** As `%v` prints it. */
const userText = ({ name, uid = '', groups, extra = {} }: UserInfo): string =>
  `&{${name} ${uid} ${goText([...groups])} ${goText({ ...extra })}}`;

interface Wanted {
  readonly group: string;
  readonly version: string;
  /** `*` where the kind is not known. */
  readonly resource: string;
}

const ALL: Wanted = { group: '*', version: '*', resource: '*' };

function wantedOf(paramKind: Draft, registry: Registry): Wanted {
  const [first = '', second] = asText(paramKind['apiVersion']).split('/');
  const [group, version] = second === undefined ? ['', first] : [first, second];
  const type = registry.findKind(group, version, asText(paramKind['kind']));
  return { group, version, resource: type?.resource ?? '*' };
}

function policyProblem(spec: Draft, before: Draft, { user, access, machinery }: Asking): string | undefined {
  const paramKind = asObject(spec['paramKind']);
  if (!paramKind || equalJson(paramKind, before['paramKind'])) return undefined;
  const wanted = wantedOf(paramKind, machinery.registry);
  const place = { subresource: '', namespace: '*', name: '*' };
  if (access.decide(user, { kind: 'resource', verb: 'get', ...wanted, ...place }).allowed) return undefined;
  const { kind, apiVersion } = paramKind;
  return `user ${userText(user)} must have "get" permission on all objects of the referenced paramKind (kind=${asText(kind)}, apiVersion=${asText(apiVersion)})`;
}

function bindingProblem(
  spec: Draft,
  before: Draft,
  { user, access, machinery, policies }: Asking & { readonly policies: string },
): string | undefined {
  const paramRef = asObject(spec['paramRef']);
  if (!paramRef || (equalJson(paramRef, before['paramRef']) && spec['policyName'] === before['policyName']))
    return undefined;
  const name = asText(paramRef['name']);
  const verb = name === '' ? 'list' : 'get';
  const policyName = asText(spec['policyName']);
  const policyType: ResourceType | undefined = machinery.registry.find({
    group: GROUP,
    version: 'v1',
    resource: policies,
  });
  const policy = policyType && collectionOf(machinery, policyType).get(policyName);
  const paramKind = asObject(asObject(policy?.['spec'])?.['paramKind']);
  const wanted = paramKind ? wantedOf(paramKind, machinery.registry) : ALL;
  const place = { subresource: '', namespace: asText(paramRef['namespace']), name };
  if (access.decide(user, { kind: 'resource', verb, ...wanted, ...place }).allowed) return undefined;
  const who = userText(user);
  const all = `to determine minimum required permissions and user ${who} does not have "${verb}" permission for all groups, versions and resources`;
  if (!policy) return `unable to get policy ${policyName} ${all}`;
  if (paramKind && wanted.resource === '*')
    return `unable to resolve paramKind &{${asText(paramKind['apiVersion'])} ${asText(paramKind['kind'])}} ${all}`;
  // The server says it the wrong way round of the one kind.
  const [subject, right] = policies.startsWith('mutating') ? [verb, who] : [who, verb];
  return `user ${subject} does not have "${right}" permission on the object referenced by paramRef`;
}
