/**
 * Whether a webhook is asked about a request, and as what it sees it: k8s.io/apiserver
 * pkg/admission/plugin/webhook/generic.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { conditionsHold, type PolicyWorld } from '../access/admission-policies.ts';
import { type AdmissionRequest, matchesNamespace, matchesObject, ruleMatches } from '../access/policy-matching.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import { type Draft, thaw } from '../machinery/json.ts';
import { served } from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { toStored } from '../verbs/write-steps.ts';
import type { Hook } from './hook-index.ts';

/** A webhook that is to be asked. */
export interface Invocation {
  readonly hook: Hook;
  /** The type that its rules are about: the request's own, or the same objects in another group or version. */
  readonly type: ResourceType;
}

/** Undefined: it is not asked. Throws 403 where its match conditions fail. */
export function invocationOf(hook: Hook, request: AdmissionRequest, world: PolicyWorld): Invocation | undefined {
  if (!matchesNamespace(hook.namespaceSelector, request, world) || !matchesObject(hook.objectSelector, request))
    return undefined;
  const type = matchedType(hook, request, world);
  if (type === undefined) return undefined;
  if (hook.conditions !== undefined) {
    const seen = inVersion(request, type);
    const hold = conditionsHold(hook.conditions, { request: seen, resource: type, param: null, world });
    if (typeof hold === 'boolean') return hold ? { hook, type } : undefined;
    if (hook.failurePolicy === 'Ignore') return undefined;
    throw notAdmitted({ type: request.type, name: request.name }, hold.problem);
  }
  return { hook, type };
}

function matchedType(
  { rules, equivalent }: Hook,
  request: AdmissionRequest,
  world: PolicyWorld,
): ResourceType | undefined {
  if (rules.some((rule) => ruleMatches(rule, request, request.type))) return request.type;
  if (!equivalent) return undefined;
  const others = world.equivalents(request.type);
  for (const rule of rules) {
    const found = others.find((other) => ruleMatches(rule, request, other));
    if (found) return found;
  }
  return undefined;
}

/** The request with its objects as the type's version has them. A subresource's own kind has one form only. */
export function inVersion(request: AdmissionRequest, type: ResourceType): AdmissionRequest {
  const { object, old } = request;
  if (type === request.type || kindOf(request.type, request.subresource).kind !== request.type.kind) return request;
  return {
    ...request,
    ...(object === undefined ? {} : { object: converted(object, request.type, type) }),
    ...(old === undefined ? {} : { old: converted(old, request.type, type) as unknown as KubeObject }),
  };
}

/** A copy of an object of one type in another that shares its storage. */
export function converted(object: Draft, from: ResourceType, to: ResourceType): Draft {
  const copy = thaw(object);
  return from === to ? copy : thaw({ ...served(to, toStored(from, copy)) });
}

/** The kind of what is sent to a subresource. */
export function kindOf(
  type: ResourceType,
  subresource: string,
): { readonly group: string; readonly version: string; readonly kind: string } {
  const { group, version, kind } = type;
  const found = subresource === '' ? undefined : type.subresources.find(({ name }) => name === subresource);
  if (found === undefined || found.kind === kind) return { group, version, kind };
  return { group: found.group ?? group, version: found.version ?? version, kind: found.kind };
}
