/**
 * Annotations of pods that mean something: ValidatePodSpecificAnnotations of
 * k8s.io/kubernetes/pkg/apis/core/validation, applyAppArmorVersionSkew of pkg/registry/core/pod.
 */
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asObject, asText, at, childOf, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { descendingPathErrors } from './pod-references.ts';
import { placedContainers } from './pod-os.ts';

const MOST_INT32 = 2_147_483_647;
export const MIRROR = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
export const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const LOCAL = 'localhost/';
const DEFAULTS = ['runtime/default', 'docker/default'];

const annotationsOf = (meta: unknown): Draft => asObject(at(meta, 'annotations')) ?? {};

function seccompErrors(value: string, field: string): readonly FieldError[] {
  if (DEFAULTS.includes(value) || value === 'unconfined') return [];
  if (value.startsWith(LOCAL)) return descendingPathErrors(value.slice(LOCAL.length), field);
  return [invalidValue(field, value, 'must be a valid seccomp profile')];
}

function appArmorErrors(
  entry: readonly [key: string, value: string],
  spec: Draft,
  path: string,
): readonly FieldError[] {
  const [key, value] = entry;
  const [field, name] = [`${path}[${key}]`, key.slice(APP_ARMOR.length)];
  const found = placedContainers(spec, '').some(({ container }) => container['name'] === name);
  const known = ['', 'runtime/default', 'unconfined'].includes(value) || value.startsWith(LOCAL);
  return [
    ...(found ? [] : [invalidValue(field, name, 'container not found')]),
    ...(known ? [] : [invalidValue(field, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`)]),
  ];
}

export function podAnnotationErrors(meta: unknown, spec: Draft, path: string): readonly FieldError[] {
  const all = Object.entries(annotationsOf(meta)).map(([key, value]) => [key, asText(value)] as const);
  if (all.length === 0) return [];
  const annotations = new Map(all);
  const [mirror, cost] = [annotations.get(MIRROR), annotations.get(DELETION_COST)];
  const errors: FieldError[] = [];
  if (mirror !== undefined && asText(spec['nodeName']) === '') {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalidValue(`${path}[${MIRROR}]`, mirror, detail));
  }
  const whole = cost === undefined || (/^-?(0|[1-9][0-9]*)$/.test(cost) && Math.abs(Number(cost)) <= MOST_INT32);
  if (!whole) errors.push(invalidValue(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'));
  const pod = annotations.get(SECCOMP_POD);
  if (pod !== undefined) errors.push(...seccompErrors(pod, `${path}.${SECCOMP_POD}`));
  for (const [key, value] of all)
    if (key.startsWith(SECCOMP_CONTAINER)) errors.push(...seccompErrors(value, `${path}.${key}`));
  for (const entry of all) if (entry[0].startsWith(APP_ARMOR)) errors.push(...appArmorErrors(entry, spec, path));
  return errors;
}

interface Profiles {
  readonly what: 'seccomp' | 'apparmor';
  readonly defaults: readonly string[];
}

function matchErrors(
  { annotation, profile }: { readonly annotation: unknown; readonly profile: unknown },
  path: string,
  kind: Profiles,
): readonly FieldError[] {
  if (annotation === undefined) return [];
  const value = asText(annotation);
  const mismatch = (field: string, part: string) => [
    forbiddenField(`${path}.${field}`, `${kind.what} ${part} in annotation and field must match`),
  ];
  switch (at(profile, 'type')) {
    case 'Unconfined':
      return value === 'unconfined' ? [] : mismatch('type', 'type');
    case 'RuntimeDefault':
      return kind.defaults.includes(value) ? [] : mismatch('type', 'type');
    case 'Localhost':
      if (!value.startsWith(LOCAL)) return mismatch('type', 'type');
      return value.slice(LOCAL.length) === at(profile, 'localhostProfile')
        ? []
        : mismatch('localhostProfile', 'profile');
    default:
      return [];
  }
}

/** Where an annotation and the field that took its place both stand. */
export function profileMatchErrors(meta: unknown, spec: Draft, path: string): readonly FieldError[] {
  const annotations = annotationsOf(meta);
  if (Object.keys(annotations).length === 0) return [];
  const seccomp: Profiles = { what: 'seccomp', defaults: DEFAULTS };
  const appArmor: Profiles = { what: 'apparmor', defaults: ['runtime/default'] };
  const containers = placedContainers(spec, path).map(({ container, path: field }) => ({
    name: asText(container['name']),
    context: asObject(container['securityContext']),
    field: `${field}.securityContext`,
  }));
  const own = asObject(spec['securityContext']);
  const windows = at(spec, 'os', 'name') === 'windows';
  const pod = { annotation: annotations[SECCOMP_POD], profile: own?.['seccompProfile'] };
  return [
    ...matchErrors(pod, `${path}.securityContext.seccompProfile`, seccomp),
    ...containers.flatMap(({ name, context, field }) => {
      const found = { annotation: annotations[SECCOMP_CONTAINER + name], profile: context?.['seccompProfile'] };
      return matchErrors(found, `${field}.seccompProfile`, seccomp);
    }),
    ...(windows ? [] : containers).flatMap(({ name, context, field }) => {
      const profile = context?.['appArmorProfile'] ?? own?.['appArmorProfile'];
      return matchErrors({ annotation: annotations[APP_ARMOR + name], profile }, `${field}.appArmorProfile`, appArmor);
    }),
  ];
}

function profileOf(annotation: string): Draft | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const file = annotation.startsWith(LOCAL) ? annotation.slice(LOCAL.length) : '';
  return file === '' ? undefined : { type: 'Localhost', localhostProfile: file };
}

/** Old clients write the annotation, kubelets read the field. */
export function syncAppArmor(pod: Draft): void {
  const annotations = annotationsOf(pod['metadata']);
  if (Object.keys(annotations).length === 0) return;
  const spec = childOf(pod, 'spec');
  if (at(spec, 'os', 'name') === 'windows') return;
  for (const { container } of placedContainers(spec, '')) {
    const annotation = annotations[APP_ARMOR + asText(container['name'])];
    if (annotation === undefined || at(container, 'securityContext', 'appArmorProfile') !== undefined) continue;
    const profile = profileOf(asText(annotation));
    if (profile && !equalJson(profile, at(spec, 'securityContext', 'appArmorProfile')))
      childOf(container, 'securityContext')['appArmorProfile'] = profile;
  }
}

export const podProfileWarnings = (spec: Draft, annotations: Draft, place: string): readonly string[] =>
  annotations[SECCOMP_POD] === undefined || at(spec, 'securityContext', 'seccompProfile') !== undefined
    ? []
    : [`${place}[${SECCOMP_POD}]: non-functional in v1.27+; use the "seccompProfile" field instead`];

/** Of a container whose profile is still told in an annotation of the pod, without the field that took its place. */
export function containerProfileWarnings(
  container: Draft,
  { spec, annotations, place }: { readonly spec: Draft; readonly annotations: Draft; readonly place: string },
): readonly string[] {
  const name = asText(container['name']);
  const lacks = (field: string) => at(container, 'securityContext', field) === undefined;
  const [seccomp, appArmor] = [SECCOMP_CONTAINER + name, APP_ARMOR + name];
  const own = at(spec, 'securityContext', 'appArmorProfile');
  const note = annotations[appArmor];
  const repeats = note !== undefined && own !== undefined && equalJson(own, profileOf(asText(note)));
  return [
    ...(annotations[seccomp] !== undefined && lacks('seccompProfile')
      ? [`${place}[${seccomp}]: non-functional in v1.27+; use the "seccompProfile" field instead`]
      : []),
    // Pods are warned as their field is filled in.
    ...(place !== 'metadata.annotations' && note !== undefined && lacks('appArmorProfile') && !repeats
      ? [`${place}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`]
      : []),
  ];
}

/** Of a new pod, for each container whose field says no more than the annotation. */
export function appArmorWarnings(pod: Draft): readonly string[] {
  const annotations = annotationsOf(pod['metadata']);
  if (Object.keys(annotations).length === 0) return [];
  return ['initContainers', 'containers'].flatMap((list) =>
    objectsOf(at(pod, 'spec', list)).flatMap((container) => {
      const key = APP_ARMOR + asText(container['name']);
      const annotation = annotations[key];
      if (annotation === undefined) return [];
      const profile = profileOf(asText(annotation));
      if (profile && !equalJson(profile, at(container, 'securityContext', 'appArmorProfile'))) return [];
      return [`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`];
    }),
  );
}
