/**
 * RuntimeClasses, in the words of k8s.io/kubernetes/pkg/apis/node/validation, and what pods that name one get of it.
 */
import { forbidden } from '../machinery/errors.ts';
import { duplicate, type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asObject, asText, at, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { dnsLabelProblems } from '../../std/names.ts';
import { internalForm } from '../schema/internal-form.ts';
import type { Strategy } from '../machinery/registry.ts';
import { labelMapErrors } from '../machinery/label-selector.ts';
import { textErrors } from './field-checks.ts';
import { tolerationErrors } from './pod-placement.ts';
import { oldLabelNote } from './pod-warnings.ts';
import { resourceErrors } from './pod-resources.ts';

function validate(object: Draft): readonly FieldError[] {
  const handler = asText(object['handler']);
  const [overhead, scheduling] = [asObject(object['overhead']), asObject(object['scheduling'])];
  return [
    ...(handler === '' ? [required('handler')] : textErrors(handler, 'handler', dnsLabelProblems)),
    ...(overhead ? resourceErrors({ limits: overhead['podFixed'] }, 'overhead') : []),
    ...(scheduling ? labelMapErrors(scheduling['nodeSelector'], 'scheduling.nodeSelector') : []),
    ...(scheduling ? tolerationErrors(scheduling['tolerations'], 'scheduling.tolerations') : []),
    ...(scheduling ? repeatedTolerations(objectsOf(scheduling['tolerations'])) : []),
  ];
}

const KEYS = ['key', 'operator', 'value', 'effect'];

function repeatedTolerations(tolerations: readonly Draft[]): readonly FieldError[] {
  const seen = new Set<string>();
  return tolerations.flatMap((toleration, index) => {
    const key = JSON.stringify(KEYS.map((name) => asText(toleration[name])));
    if (seen.has(key))
      return [duplicate(`scheduling.tolerations[${index}]`, internalForm('core/v1.Toleration', toleration))];
    seen.add(key);
    return [];
  });
}

export const RUNTIME_CLASS: Strategy = {
  validate,
  warnings: (object) =>
    Object.keys(asObject(at(object, 'scheduling', 'nodeSelector')) ?? {}).flatMap((label) => {
      const note = oldLabelNote(label);
      return note === undefined ? [] : [`scheduling.nodeSelector: ${note}`];
    }),
  validateUpdate: (object, old) =>
    object['handler'] === old['handler'] ? [] : [invalidValue('handler', object['handler'], 'field is immutable')],
};

/** https://kubernetes.io/docs/concepts/containers/runtime-class/ */
export const runtimeClasses: AdmissionPlugin = {
  admit: ({ operation, type, subresource, object }, machinery) => {
    if (!object || type.group !== '' || type.resource !== 'pods' || operation !== 'CREATE' || subresource !== '')
      return;
    const spec = asObject(object['spec']) ?? {};
    const name = asText(spec['runtimeClassName']);
    const reject = (why: string) => forbidden(type, asText(metaOf(object)['name']), `pod rejected: ${why}`);
    const runtime = name === '' ? undefined : machinery.store.collection('runtimeclasses.node.k8s.io').get(name);
    if (name !== '' && !runtime) throw reject(`RuntimeClass ${JSON.stringify(name)} not found`);
    const overhead = at(runtime, 'overhead', 'podFixed');
    if (overhead === undefined && Object.keys(asObject(spec['overhead']) ?? {}).length > 0)
      throw reject('Pod Overhead set without corresponding RuntimeClass defined Overhead');
    if (overhead !== undefined && spec['overhead'] !== undefined && !equalJson(spec['overhead'], overhead))
      throw reject("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    if (overhead !== undefined) spec['overhead'] = overhead;
    const scheduling = asObject(at(runtime, 'scheduling'));
    if (!scheduling) return;
    const [wanted, own] = [asObject(scheduling['nodeSelector']) ?? {}, asObject(spec['nodeSelector']) ?? {}];
    for (const [key, value] of Object.entries(wanted))
      if (own[key] !== undefined && own[key] !== value)
        throw reject(
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${asText(value)}; pod.spec.nodeSelector[${key}] = ${asText(own[key])}`,
        );
    if (Object.keys(wanted).length > 0) spec['nodeSelector'] = { ...own, ...wanted };
    const tolerations = objectsOf(spec['tolerations']);
    const more = objectsOf(scheduling['tolerations']).filter(
      (each) => !tolerations.some((present) => equalJson(present, each)),
    );
    if (more.length > 0) spec['tolerations'] = [...tolerations, ...more];
  },
};
