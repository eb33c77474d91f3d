/**
 * What a policy makes of an object by a JSON patch or an apply configuration: k8s.io/apiserver
 * pkg/admission/plugin/policy/mutating/patch.
 */
import { CelError, type Value } from '../../cel/index.ts';
import { kindOf } from '../access/request-versions.ts';
import { type Draft, isObject, thaw } from '../machinery/json.ts';
import { apiVersionOf, type ResourceType } from '../machinery/registry.ts';
import { mergeTyped } from '../patch/typed-merge.ts';
import { deduce, typeProblems } from '../patch/typed-value.ts';
import { type Atom, atomOfStruct } from '../schema/typed-schema.ts';
import { atomOfType, structOfType } from '../schema/type-decoding.ts';
import { type Patched, patchedDocument, settled } from '../webhooks/hook-patch.ts';
import { configurationOf, operationsOfValue } from './patch-values.ts';

/** What is changed: an object of a type, or what is sent to one of its subresources. */
export interface Changed {
  readonly type: ResourceType;
  readonly subresource: string;
}

function targetOf({ type, subresource }: Changed): Patched {
  const kind = kindOf(type, subresource);
  return kind.kind === type.kind ? { type } : { type, expected: kind };
}

/** With the patch applied. Throws CelError where the patch does not fit, and 500 where it leaves no object. */
export function jsonPatched(changed: Changed, object: Draft, value: Value): Draft {
  const patched = patchedDocument(object, operationsOfValue(value));
  if ('document' in patched) return settled(targetOf(changed), patched.document, 'strict');
  // A test that fails takes the whole patch back, which is no failure.
  if (patched.operation === 'test' && patched.problem.endsWith('test failed'))
    return settled(targetOf(changed), thaw(object), 'lenient');
  throw new CelError(`JSON Patch: ${patched.problem}`);
}

/** The object with the configuration merged in. Throws CelError where the configuration does not fit its type. */
export function configured(changed: Changed, object: Draft, value: Value): Draft {
  const config = configurationOf(value);
  for (const field of ['apiVersion', 'kind']) config[field] = object[field];
  const target = targetOf(changed);
  const atom = atomOf(target);
  const problems = typeProblems(atom, config, 'refused');
  if (problems.length > 0) {
    const list =
      problems.length === 1 ? problems[0] : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
    throw new CelError(`error applying patch: failed to convert patch object to typed object: ${list}`);
  }
  const atomic = atomicPaths(atom, config, '');
  if (atomic.length > 0)
    throw new CelError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(', ')}`,
    );
  const merged = mergeTyped(atom, object, config);
  return settled(target, isObject(merged) ? thaw(merged) : {}, 'lenient');
}

function atomOf({ type, expected }: Patched): Atom {
  if (!expected) return atomOfType(type);
  const { group, version, kind } = expected;
  // A version's schemas are those of its own paths: `apps/v1` has the Scale, which `autoscaling/v1` does not use.
  const struct = group === type.group && version === type.version ? structOfType(expected) : undefined;
  if (struct) return atomOfStruct(struct);
  const gvk = `${apiVersionOf(expected)}, Kind=${kind}`;
  throw new CelError(
    `error applying patch: failed to convert patch object to typed object: no corresponding type for ${gvk}`,
  );
}

/** Where a configuration names something that is only changed as a whole, so that the rest of it would be lost. */
function atomicPaths(open: Atom, value: unknown, path: string): string[] {
  const atom = deduce(open, value);
  if (isObject(value) && atom.map) {
    const { map } = atom;
    const below = Object.keys(value)
      .sort()
      .flatMap((key) => {
        const field = map.field(key);
        return field ? atomicPaths(field.atom, value[key], `${path}.${key}`) : [];
      });
    return [...(map.atomic ? [path] : []), ...below];
  }
  if (Array.isArray(value) && atom.list) {
    const { list } = atom;
    const below = value.flatMap((item, index) => atomicPaths(list.element, item, `${path}[${index}]`));
    return [...(list.relation === 'atomic' ? [path] : []), ...below];
  }
  return [];
}
