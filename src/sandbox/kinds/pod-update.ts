/** What an update of a pod may change: ValidatePodUpdate of k8s.io/kubernetes/pkg/apis/core/validation. */
import type { KubeObject } from '../../shapes/kube.ts';
import { copyShown, shownEmpty } from '../machinery/given-empties.ts';
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalForm, internalPodSpec } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, at, type Draft, equalJson, isObject, objectsOf } from '../machinery/json.ts';

import { APP_ARMOR, MIRROR } from './pod-annotations.ts';
import { tolerationErrors } from './pod-placement.ts';

const MOST_INT32 = 2_147_483_647;

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What only kubelets and old servers write. */
export function heldAnnotationErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const [now, before] = [object, old].map((each) => asObject(at(each, 'metadata', 'annotations')));
  if (!now && !before) return [];
  const whose = (key: string) => {
    if (key === MIRROR) return 'mirror pod annotation';
    return key.startsWith(APP_ARMOR) ? 'AppArmor annotations' : undefined;
  };
  const told = (keys: readonly string[], what: string) =>
    keys.flatMap((key) => {
      const held = whose(key);
      return held === undefined ? [] : [forbiddenField(`metadata.annotations[${key}]`, `may not ${what} ${held}`)];
    });
  return [
    ...told(
      Object.keys(before ?? {}).filter((key) => now?.[key] !== before?.[key]),
      'remove or update',
    ),
    ...told(
      Object.keys(now ?? {}).filter((key) => before?.[key] === undefined),
      'add',
    ),
  ];
}

/** The new spec, with what may be changed as it was: what still differs is refused. */
function restored(spec: unknown, old: unknown): Draft {
  const draft: Draft = asObject(copyShown(spec)) ?? {};
  const former: Draft = isObject(old) ? old : {};
  const keep = (target: Draft, from: Draft | undefined, field: string): void => {
    if (from?.[field] === undefined) delete target[field];
    else target[field] = from[field];
  };
  for (const list of ['containers', 'initContainers']) {
    const before = objectsOf(former[list]);
    objectsOf(draft[list]).forEach((container, index) => keep(container, before[index], 'image'));
  }
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates']) keep(draft, former, field);
  // Only from a negative one, to 1.
  const grace = 'terminationGracePeriodSeconds';
  if ((asNumber(former[grace]) ?? 0) < 0 && draft[grace] === 1) draft[grace] = former[grace];
  return draft;
}

/** How long a taint is borne may change, and more may be borne. */
function keptTolerationErrors(tolerations: unknown, old: unknown): readonly FieldError[] {
  const lasting = (value: unknown) =>
    objectsOf(value).map((toleration) => ({ ...toleration, tolerationSeconds: undefined }));
  const now = lasting(tolerations);
  const kept = lasting(old).every((toleration) => now.some((other) => equalJson(other, toleration)));
  if (!kept)
    return [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
  return tolerationErrors(tolerations, 'spec.tolerations');
}

/** Gates are taken away, never put up. */
function addedGateErrors(gates: unknown, old: unknown): readonly FieldError[] {
  const had = new Set(objectsOf(old).map((gate) => gate['name']));
  return objectsOf(gates).flatMap(({ name }, index) =>
    had.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${asText(name)}'`,
          ),
        ],
  );
}

const NEEDED = 'requiredDuringSchedulingIgnoredDuringExecution';
const termsOf = (affinity: unknown): readonly Draft[] => objectsOf(at(affinity, NEEDED, 'nodeSelectorTerms'));

/** More may be asked of a node than before, nothing else. */
function grows(term: Draft, former: Draft): boolean {
  const lists = (of: Draft) => ['matchExpressions', 'matchFields'].map((name) => objectsOf(of[name]));
  const [now, before] = [lists(term), lists(former)];
  if (before.every((list) => list.length === 0)) return now.every((list) => list.length === 0);
  return before.every((list, index) => equalJson(now[index]?.slice(0, list.length), list));
}

const TERM = 'core/v1.NodeSelectorTerm';
const shownTerms = (terms: readonly Draft[], need: unknown): unknown =>
  terms.length === 0 ? shownEmpty(need, 'nodeSelectorTerms') : terms.map((term) => internalForm(TERM, term));

function nodeAffinityErrors(now: unknown, former: unknown): readonly FieldError[] {
  const field = `spec.affinity.nodeAffinity.${NEEDED}.nodeSelectorTerms`;
  const [terms, before] = [termsOf(now), termsOf(former)];
  if (at(former, NEEDED) === undefined || before.length === 0) return [];
  if (before.length !== terms.length)
    return [
      invalidValue(
        field,
        shownTerms(terms, at(now, NEEDED)),
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    ];
  return terms.flatMap((term, index) =>
    grows(term, before[index] ?? {})
      ? []
      : [
          invalidValue(
            `${field}[${index}]`,
            internalForm(TERM, term),
            'only additions are allowed (no mutations or deletions)',
          ),
        ],
  );
}

/** While a pod waits behind a gate, more may be asked of its node. `kept` is made as it was. */
function gatedErrors(kept: Draft, former: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  const selector = asObject(kept['nodeSelector']) ?? {};
  const before = Object.entries(asObject(former['nodeSelector']) ?? {});
  if (former['nodeSelector'] === undefined) delete kept['nodeSelector'];
  else kept['nodeSelector'] = former['nodeSelector'];
  if (!before.every(([key, value]) => selector[key] === value))
    errors.push(
      invalidValue(
        'spec.nodeSelector',
        Object.keys(selector).length === 0 ? shownEmpty(kept, 'nodeSelector') : selector,
        'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ),
    );
  const [now, then] = [kept, former].map((spec) => at(spec, 'affinity', 'nodeAffinity'));
  if (equalJson(now, then)) return errors;
  errors.push(...nodeAffinityErrors(now, then));
  const { nodeAffinity: _, ...others } = asObject(kept['affinity']) ?? {};
  if (then !== undefined) kept['affinity'] = { ...others, nodeAffinity: then };
  else if (former['affinity'] === undefined && Object.keys(others).length === 0) delete kept['affinity'];
  else kept['affinity'] = others;
  return errors;
}

function fixedErrors(spec: unknown, old: unknown): readonly FieldError[] {
  if (equalJson(spec, old)) return [];
  const kept = restored(spec, old);
  const former: Draft = isObject(old) ? old : {};
  const errors = objectsOf(former['schedulingGates']).length > 0 ? gatedErrors(kept, former) : [];
  if (equalJson(kept, former)) return errors;
  return [
    ...errors,
    forbiddenField('spec', `${MUTABLE}\n${unifiedDiff(internalPodSpec(former), internalPodSpec(kept))}`),
  ];
}

/** `ends`: nothing else is looked at. */
interface Looked {
  readonly errors: readonly FieldError[];
  readonly ends?: boolean;
}

function imageErrors(object: Draft, old: KubeObject, list: string): Looked {
  const containers = objectsOf(at(object, 'spec', list));
  if (containers.length !== objectsOf(at(old, 'spec', list)).length)
    return { errors: [forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')], ends: true };
  const errors = containers.flatMap((container, index) => {
    const [image, field] = [asText(container['image']), `spec.${list}[${index}].image`];
    if (image === '') return [required(field)];
    return image.trim() === image ? [] : [invalidValue(field, image, 'must not have leading or trailing whitespace')];
  });
  return { errors };
}

/** A deadline may be given, and come nearer. */
function deadlineErrors(now: number | undefined, before: number | undefined): Looked {
  const field = 'spec.activeDeadlineSeconds';
  if (now === undefined)
    return {
      errors:
        before === undefined ? [] : [invalidValue(field, null, 'must not update from a positive integer to nil value')],
    };
  if (now < 0 || now > MOST_INT32)
    return {
      errors: [invalidValue(field, now, `must be between 0 and ${MOST_INT32}, inclusive`)],
      ends: true,
    };
  if (before === undefined || before >= now) return { errors: [] };
  return { errors: [invalidValue(field, now, 'must be less than or equal to previous value')], ends: true };
}

export function podUpdateErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = [...heldAnnotationErrors(object, old)];
  const looks = [
    () => imageErrors(object, old, 'containers'),
    () => imageErrors(object, old, 'initContainers'),
    () =>
      deadlineErrors(
        asNumber(at(object, 'spec', 'activeDeadlineSeconds')),
        asNumber(at(old, 'spec', 'activeDeadlineSeconds')),
      ),
  ];
  for (const look of looks) {
    const looked = look();
    errors.push(...looked.errors);
    if (looked.ends === true) return errors;
  }
  return [
    ...errors,
    ...keptTolerationErrors(at(object, 'spec', 'tolerations'), at(old, 'spec', 'tolerations')),
    ...addedGateErrors(at(object, 'spec', 'schedulingGates'), at(old, 'spec', 'schedulingGates')),
    ...fixedErrors(object['spec'], old['spec']),
  ];
}
