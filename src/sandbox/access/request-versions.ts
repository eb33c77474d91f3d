/**
 * A request as a rule sees it that is about another version of its objects (`matchPolicy: Equivalent`):
 * VersionedAttributes of k8s.io/apiserver pkg/admission/plugin/webhook/generic and pkg/admission/conversion.go.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { converted } from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';
import type { AdmissionRequest } from './policy-matching.ts';

/** The request with its objects as the type's version has them. A subresource's own kind has one form only. */
export function inVersion(request: AdmissionRequest, type: ResourceType): AdmissionRequest {
  const { object, old, session } = request;
  if (type === request.type || kindOf(request.type, request.subresource).kind !== request.type.kind) return request;
  const versions = { from: request.type, to: type };
  return {
    ...request,
    ...(object === undefined ? {} : { object: converted(object, versions, session) }),
    ...(old === undefined ? {} : { old: converted(old, versions, session) as unknown as KubeObject }),
  };
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
