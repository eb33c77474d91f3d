/** `scale` of workloads and of custom resources: replicas seen and set without knowing the kind. */
import type { KubeObject } from '../../shapes/kube.ts';
import { badRequest, internalError, invalid } from '../machinery/errors.ts';
import { invalidValue } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, at, type Draft, isObject, thaw } from '../machinery/json.ts';
import { metaOf } from '../machinery/metadata.ts';
import { type ResourceType, scaleSpecPath } from '../machinery/registry.ts';

interface Paths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  readonly selector: readonly string[] | undefined;
}

const split = (path: string): readonly string[] => path.replace(/^\./, '').split('.');

function pathsOf(type: ResourceType): Paths {
  const scale = type.custom?.scale;
  if (!scale) return { spec: scaleSpecPath(type), status: ['status', 'replicas'], selector: ['spec', 'selector'] };
  return {
    spec: scaleSpecPath(type),
    status: split(scale.statusReplicasPath),
    selector: scale.labelSelectorPath ? split(scale.labelSelectorPath) : undefined,
  };
}

function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  const object = asObject(selector);
  if (!object) return '';
  const labels = asObject(object['matchLabels']) ?? (object['matchExpressions'] === undefined ? object : {});
  const parts = Object.entries(labels).map(([key, value]) => ({ key, text: `${key}=${asText(value)}` }));
  for (const expression of Array.isArray(object['matchExpressions']) ? object['matchExpressions'] : []) {
    const term: Draft = isObject(expression) ? expression : {};
    const values = (Array.isArray(term['values']) ? term['values'].map(asText) : []).sort().join(',');
    const key = asText(term['key']);
    const form: Readonly<Record<string, string>> = {
      In: `${key} in (${values})`,
      NotIn: `${key} notin (${values})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    parts.push({ key, text: form[asText(term['operator'])] ?? key });
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ text }) => text)
    .join(',');
}

export function scaleOf(type: ResourceType, object: KubeObject): KubeObject {
  const { spec } = pathsOf(type);
  if (type.custom && at(object, ...spec) === undefined)
    throw internalError(`the spec replicas field ${JSON.stringify(`.${spec.join('.')}`)} does not exist`);
  return scaleSeen(type, object);
}

/** What policies see: where nothing is said of replicas there are none. */
export function scaleSeen(type: ResourceType, object: KubeObject): KubeObject {
  const paths = pathsOf(type);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = asNumber(at(object, ...paths.spec));
  const selector = paths.selector ? selectorText(at(object, ...paths.selector)) : '';
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: replicas ? { replicas } : {},
    status: { replicas: asNumber(at(object, ...paths.status)) ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}

/**
 * The scale that a patch is applied to. It carries the owners of the object's replicas, told in the scale's own terms,
 * as
 * https://github.com/kubernetes/apimachinery/blob/master/pkg/util/managedfields/scalehandler.go maps them.
 */
export function scaleToPatch(type: ResourceType, object: KubeObject): KubeObject {
  const scale = scaleSeen(type, object);
  const path = pathsOf(type).spec.map((field) => `f:${field}`);
  const owners = (object.metadata.managedFields ?? []).flatMap((entry) => {
    if (!isObject(entry)) return [];
    const { manager, operation, time } = entry;
    if (at(entry, 'fieldsV1', ...path) === undefined) return [];
    const subresource = asText(entry['subresource']);
    const fields = {
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      ...(subresource === '' ? {} : { subresource }),
    };
    return [{ manager, operation, apiVersion: 'autoscaling/v1', time, ...fields }];
  });
  return owners.length === 0 ? scale : { ...scale, metadata: { ...scale.metadata, managedFields: owners } };
}

/** The object as the scale wants it. */
export function withScale(type: ResourceType, object: KubeObject, scale: Draft): Draft {
  const replicas = asNumber(at(scale, 'spec', 'replicas')) ?? 0;
  const name = asText(metaOf(scale)['name']);
  if (name !== '' && name !== object.metadata.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${object.metadata.name})`);
  }
  // A custom kind checks it as it checks any of its fields.
  if (replicas < 0 && !type.custom) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, object.metadata.name, [
      invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  }
  const draft: Draft = thaw({ ...object });
  let target = draft;
  const path = pathsOf(type).spec;
  for (const field of path.slice(0, -1)) {
    const next = target[field];
    if (isObject(next)) target = next;
    else {
      const made: Draft = {};
      target[field] = made;
      target = made;
    }
  }
  target[path.at(-1) as string] = replicas;
  const version = asText(metaOf(scale)['resourceVersion']);
  if (version !== '') metaOf(draft)['resourceVersion'] = version;
  const uid = asText(metaOf(scale)['uid']);
  if (uid !== '') metaOf(draft)['uid'] = uid;
  return draft;
}
