/**
 * Strategic merge patch for the builtin kinds' ordinary lists. https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 * Lists of objects merge by key, new elements come first; `$patch`, `$retainKeys` and `$deleteFromPrimitiveList` are honoured.
 */
import { badRequest, rawServerError } from './errors.ts';
import { asList, asText, type Draft, isObject, put, thaw } from './json.ts';

/** Merge keys by the list's field name; where one name has several, by the field above it. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  resourceClaims: 'name',
  conditions: 'type',
  podIPs: 'ip',
  hostIPs: 'ip',
  addresses: 'type',
  taints: 'key',
  ownerReferences: 'uid',
  secrets: 'name',
};

/** Lists of plain values that merge as sets. */
const SETS = new Set(['finalizers']);

function mergeKey(field: string, parent: string): string | undefined {
  if (field === 'ports') return parent === 'spec' ? 'port' : 'containerPort';
  return MERGE_KEYS[field];
}

/** `target` may be changed in place. */
export function strategicMerge(target: Draft, patch: Draft, parent = ''): Draft {
  if (patch['$patch'] === 'replace') return plain(patch);
  if (patch['$patch'] === 'delete') return {};
  if (patch['$patch'] !== undefined && patch['$patch'] !== 'merge') throw badRequest(`unknown $patch type [${asText(patch['$patch'])}]`);
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) for (const key of Object.keys(target)) if (!retained.includes(key)) delete target[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice('$deleteFromPrimitiveList/'.length);
      target[field] = asList(target[field]).filter((item) => !asList(value).includes(item));
    } else if (key.startsWith('$')) {
      continue;
    } else if (value === null) {
      delete target[key];
    } else if (Array.isArray(value)) {
      put(target, key, mergedList(asList(target[key]), value, { field: key, parent, patch }));
    } else if (isObject(value)) {
      const present = target[key];
      put(target, key, strategicMerge(isObject(present) ? present : {}, value, key));
    } else {
      put(target, key, value);
    }
  }
  return target;
}

function mergedList(
  present: readonly unknown[],
  patch: readonly unknown[],
  where: { field: string; parent: string; patch: Draft },
): readonly unknown[] {
  const { field, parent } = where;
  const order = asList(where.patch[`$setElementOrder/${field}`]);
  if (SETS.has(field)) return sorted([...patch.filter((item) => !present.includes(item)), ...present], order, (item) => item);
  const key = mergeKey(field, parent);
  if (key === undefined) return thaw(patch);
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace'))
    return patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace')).map((item) => thaw(item));
  const result: unknown[] = [...present];
  const added: unknown[] = [];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest(`the list ${field} takes objects`);
    const id = item[key];
    if (id === undefined) throw rawServerError(`map: ${goMap(item)} does not contain declared merge key: ${key}`);
    const index = result.findIndex((other) => isObject(other) && other[key] === id);
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicMerge(result[index] as Draft, item, field);
    else added.push(plain(item));
  }
  return sorted([...added, ...result], order, (item) => (isObject(item) ? item[key] : item), key);
}

/** As `$setElementOrder` has it; what it does not name keeps its place after. */
function sorted(items: readonly unknown[], order: readonly unknown[], idOf: (item: unknown) => unknown, key?: string): readonly unknown[] {
  if (order.length === 0) return items;
  const ids = order.map((entry) => (key !== undefined && isObject(entry) ? entry[key] : entry));
  const rank = (item: unknown) => {
    const place = ids.indexOf(idOf(item));
    return place < 0 ? ids.length : place;
  };
  return [...items].sort((a, b) => rank(a) - rank(b));
}

/** Without directives. */
function plain(value: Draft): Draft {
  const copy: Draft = {};
  for (const [key, child] of Object.entries(value)) {
    if (key.startsWith('$') || child === null) continue;
    put(copy, key, isObject(child) ? plain(child) : thaw(child));
  }
  return copy;
}

const goMap = (object: Draft): string =>
  `map[${Object.entries(object)
    .map(([key, value]) => `${key}:${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .sort()
    .join(' ')}]`;
