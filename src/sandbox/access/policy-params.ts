/** Whether a policy and its binding are about a request, and the parameters it is judged with. */
import type { KubeObject } from '../../shapes/kube.ts';
import { admittedName } from '../machinery/admission-errors.ts';
import { asObject, asText, type Draft } from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import type { CompiledPolicy } from './compiled-policy.ts';
import type { PolicyWorld } from './policy-evaluation.ts';
import { type AdmissionRequest, matchedResource, selects } from './policy-matching.ts';

interface Asked {
  readonly request: AdmissionRequest;
  readonly world: PolicyWorld;
}

/** As what the policy sees the request; undefined where it or its binding is about others. */
export function matchedByBoth(
  policy: CompiledPolicy,
  binding: Draft,
  { request, world }: Asked,
): ResourceType | undefined {
  const resource = matchedResource(policy.constraints, request, world);
  const narrower = asObject(binding['matchResources']);
  if (!resource || (narrower && !matchedResource(narrower, request, world))) return undefined;
  return resource;
}

/** Why no object can be a parameter of the policy; undefined: the kind is known, or it takes none. */
export function kindProblem({ paramKind }: CompiledPolicy, world: PolicyWorld): string | undefined {
  if (!paramKind || world.scope(paramKind.apiVersion, paramKind.kind)) return undefined;
  return `failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`;
}

/** A request about a namespace is made in it. */
const namespaceOf = ({ type, name, namespace, object }: AdmissionRequest): string =>
  type.group === '' && type.resource === 'namespaces'
    ? admittedName({ name, ...(object ? { object: { ...object } } : {}) })
    : namespace;

/** The parameters that a binding means, or why it has none. */
export function paramsFor(
  policy: CompiledPolicy,
  binding: Draft,
  { request, world }: Asked,
): { found: readonly (KubeObject | null)[] } | { problem: string } {
  const { paramKind } = policy;
  const ref = asObject(binding['paramRef']);
  if (!paramKind || !ref) return { found: [null] };
  const unknown = kindProblem(policy, world);
  if (unknown !== undefined) return { problem: unknown };
  const own = asText(ref['namespace']);
  const inCluster = world.scope(paramKind.apiVersion, paramKind.kind) === 'cluster';
  if (inCluster && own !== '')
    return { problem: 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`' };
  const namespace = own || namespaceOf(request);
  if (!inCluster && namespace === '')
    return { problem: 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources' };
  const all = world.params(paramKind.apiVersion, paramKind.kind, inCluster ? undefined : namespace) ?? [];
  const name = asText(ref['name']);
  const found =
    name !== ''
      ? all.filter((object) => object.metadata.name === name)
      : all.filter((object) => selects(ref['selector'], object.metadata.labels ?? {}));
  if (found.length > 0) return { found };
  return ref['parameterNotFoundAction'] === 'Allow'
    ? { found: [] }
    : { problem: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
}
