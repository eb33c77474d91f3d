/** Through `resize`: ValidatePodResize of k8s.io/kubernetes/pkg/apis/core/validation. */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asObject, asText, at, childOf, type Draft, equalJson, objectsOf, thaw } from '../machinery/json.ts';
import { MIRROR } from './pod-annotations.ts';
import { qosClass } from './qos.ts';

const LISTS = ['initContainers', 'containers'] as const;
const listOf = (object: Draft, list: string): readonly Draft[] => objectsOf(at(object, 'spec', list));

/** Whether the lists hold the same containers in the same order: otherwise the body stands, and is refused. */
const sameNames = (object: Draft, old: Draft, list: string): boolean =>
  equalJson(
    listOf(object, list).map(({ name }) => name),
    listOf(old, list).map(({ name }) => name),
  );

/** All else of a body sent to `resize` is as it was, without a word. */
export function keepAllButSizes(draft: Draft, old: KubeObject): void {
  const counts = LISTS.every((list) => listOf(draft, list).length === listOf(old, list).length);
  if (!counts) return;
  const spec = asObject(thaw(old['spec'])) ?? {};
  for (const list of LISTS) {
    if (!sameNames(draft, old, list)) {
      spec[list] = at(draft, 'spec', list);
      continue;
    }
    const sizes = listOf(draft, list);
    objectsOf(spec[list]).forEach((container, index) => {
      for (const field of ['resources', 'resizePolicy'] as const) {
        const sized = sizes[index]?.[field];
        if (sized === undefined) delete container[field];
        else container[field] = sized;
      }
    });
  }
  const whole = at(draft, 'spec', 'resources');
  if (whole === undefined) delete spec['resources'];
  else spec['resources'] = whole;
  draft['spec'] = spec;
}

/** The node says by its statuses that it can. */
const canResize = (pod: Draft): boolean => {
  const runs = objectsOf(at(pod, 'status', 'containerStatuses')).find((status) => at(status, 'state', 'running'));
  return runs === undefined || runs['resources'] !== undefined;
};

function orderErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  return ['containers', 'initContainers'].flatMap((list) => {
    const [now, before] = [listOf(object, list), listOf(old, list)];
    if (now.length !== before.length)
      return [forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`)];
    return before.flatMap(({ name }, index) =>
      now[index]?.['name'] === name
        ? []
        : [forbiddenField(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)],
    );
  });
}

function removedErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  return LISTS.flatMap((list) =>
    listOf(old, list).flatMap((container, index) =>
      ['requests', 'limits'].flatMap((field) => {
        const now = at(listOf(object, list)[index], 'resources', field);
        const had = Object.keys(asObject(at(container, 'resources', field)) ?? {});
        if (had.every((name) => at(now, name) !== undefined)) return [];
        return [forbiddenField(`spec.${list}[${index}].resources.${field}`, `resource ${field} cannot be removed`)];
      }),
    ),
  );
}

/** With the sizes that may change as they were. Claims of devices and all other resources stay to be compared. */
function withFormerSizes(container: Draft, old: Draft): Draft {
  const amounts = (field: string): Draft => {
    const now = { ...asObject(at(container, 'resources', field)) };
    for (const name of ['cpu', 'memory']) {
      const before = at(old, 'resources', field, name);
      if (before === undefined) delete now[name];
      else now[name] = before;
    }
    return now;
  };
  return { ...container, resources: { limits: amounts('limits'), requests: amounts('requests') } };
}

/** Of the pod as a whole: as those of its containers, no amount goes, and none but two change. */
function wholeErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const [now, before] = [asObject(at(object, 'spec', 'resources')), asObject(at(old, 'spec', 'resources'))];
  if (before === undefined && now === undefined) return [];
  if (now === undefined) return [forbiddenField('spec.resources', 'pod-level resources cannot be removed')];
  const amounts = (whole: Draft | undefined, list: string) => asObject(whole?.[list]) ?? {};
  const removed = ['requests', 'limits'].filter(
    (list) => before && Object.keys(amounts(before, list)).some((name) => amounts(now, list)[name] === undefined),
  );
  const others = (whole: Draft | undefined) =>
    ['requests', 'limits'].map((list) =>
      Object.entries(amounts(whole, list)).filter(([name]) => name !== 'cpu' && name !== 'memory'),
    );
  return [
    ...removed.map((list) => forbiddenField(`spec.resources.${list}`, `pod-level resource ${list} cannot be removed`)),
    ...(equalJson(others(now), others(before))
      ? []
      : [forbiddenField('spec', 'only cpu and memory resources are mutable at pod-level')]),
  ];
}

const comparable = (container: Draft): Draft => {
  const amounts = (field: string) => asObject(at(container, 'resources', field)) ?? {};
  const claims = at(container, 'resources', 'claims');
  const resources = { limits: amounts('limits'), requests: amounts('requests') };
  return { ...container, resources: claims === undefined ? resources : { ...resources, claims } };
};

function otherErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const differs = (container: Draft, before: Draft) =>
    !equalJson(comparable(withFormerSizes(container, before)), comparable(before));
  const only = 'only cpu and memory resources';
  listOf(object, 'containers').forEach((container, index) => {
    if (differs(container, listOf(old, 'containers')[index] ?? {}))
      errors.push(forbiddenField('spec', `${only} are mutable`));
  });
  listOf(object, 'initContainers').forEach((container, index) => {
    const before = listOf(old, 'initContainers')[index] ?? {};
    const field = `spec.initContainers[${index}]`;
    if (differs(container, before))
      errors.push(forbiddenField(field, `${only} for init or sidecar containers are mutable`));
    if (container['restartPolicy'] === 'Always' || equalJson(comparable(container), comparable(before))) return;
    for (const { restartPolicy } of objectsOf(container['resizePolicy']))
      if (restartPolicy === 'RestartContainer')
        errors.push(
          forbiddenField(
            field,
            'non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
          ),
        );
  });
  return errors;
}

export function resizeErrors(object: Draft, old: KubeObject): readonly FieldError[] {
  if (at(old, 'metadata', 'annotations', MIRROR) !== undefined)
    return [forbiddenField('', 'static pods cannot be resized')];
  if (at(old, 'spec', 'os', 'name') === 'windows') return [forbiddenField('', 'windows pods cannot be resized')];
  const before = asText(at(old, 'status', 'qosClass'));
  const errors: FieldError[] = [];
  if (qosClass(childOf(object, 'spec')) !== before)
    errors.push(invalidValue('spec', before, 'Pod QOS Class may not change as a result of resizing'));
  if (!canResize(old)) errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  errors.push(...wholeErrors(object, old));
  const order = orderErrors(object, old);
  if (order.length > 0) return [...errors, ...order];
  return [...errors, ...removedErrors(object, old), ...otherErrors(object, old)];
}
