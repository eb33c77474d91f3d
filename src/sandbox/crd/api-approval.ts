/**
 * Groups of the Kubernetes project need a word of approval: https://github.com/kubernetes/enhancements/pull/1111, as
 * apiextensions-apiserver's pkg/apihelpers reads it.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { parseRequestUrl } from '../../std/request-url.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asText, at, type Draft } from '../machinery/json.ts';
import type { ConditionState } from './condition-state.ts';
import { key } from './paths.ts';

const APPROVED = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';
const HEAD = `protected groups must have approval annotation "${APPROVED}"`;

interface Approval {
  readonly state: 'missing' | 'bypassed' | 'approved' | 'invalid';
  readonly told: string;
}

const isProtected = (object: unknown): boolean =>
  /(^|\.)(k8s|kubernetes)\.io$/.test(asText(at(object, 'spec', 'group')));
const annotationOf = (object: unknown): string => asText(at(object, 'metadata', 'annotations', APPROVED));

function approvalOf(object: Draft | KubeObject): Approval {
  const annotation = annotationOf(object);
  if (annotation === '') return { state: 'missing', told: `${HEAD}, ${SEE}` };
  if (annotation.startsWith('unapproved'))
    return { state: 'bypassed', told: `not approved: ${JSON.stringify(annotation)}` };
  const url = parseRequestUrl(annotation);
  if (url && url.host !== '' && url.scheme !== '') return { state: 'approved', told: `approved in ${annotation}` };
  return { state: 'invalid', told: `${HEAD} with either a URL or a reason starting with "unapproved", ${SEE}` };
}

export function approvalErrors(object: Draft, old: KubeObject | undefined): FieldError[] {
  if (!isProtected(object)) return [];
  const { state, told } = approvalOf(object);
  if (old && approvalOf(old).state === state) return [];
  const at = key('metadata.annotations', APPROVED);
  if (state === 'missing') return [required(at, told)];
  return state === 'invalid' ? [invalidValue(at, annotationOf(object), told)] : [];
}

const REASONS: Readonly<Record<Approval['state'], string>> = {
  missing: 'MissingAnnotation',
  bypassed: 'UnapprovedAnnotation',
  approved: 'ApprovedAnnotation',
  invalid: 'InvalidAnnotation',
};

/** What pkg/controller/apiapproval says of it in the status; undefined for groups that need no approval. */
export function approvalCondition(definition: KubeObject): ConditionState | undefined {
  if (!isProtected(definition)) return undefined;
  const { state, told } = approvalOf(definition);
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'approved' ? 'True' : 'False',
    reason: REASONS[state],
    message: told,
  };
}
