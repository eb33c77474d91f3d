/**
 * Whether a webhook is asked about a request, and as what it sees it: k8s.io/apiserver
 * pkg/admission/plugin/webhook/generic.
 */
import { conditionsHold } from '../access/admission-policies.ts';
import type { PolicyWorld } from '../access/policy-evaluation.ts';
import { type AdmissionRequest, matchesNamespace, matchesObject, ruleMatches } from '../access/policy-matching.ts';
import { inVersion } from '../access/request-versions.ts';
import { notAdmitted } from '../machinery/admission-errors.ts';
import type { ResourceType } from '../machinery/registry.ts';
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
