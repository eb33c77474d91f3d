/**
 * What an object becomes by a merge patch or a JSON patch, so that the content of a request can be judged before it is
 * sent. https://www.rfc-editor.org/rfc/rfc7386, https://www.rfc-editor.org/rfc/rfc6902
 */
import { canonicalJson, segmentsOf, valueAt } from '../../std/json.ts';
import { type Result, whyNot } from '../../std/result.ts';

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export function merged(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const base = isMap(target) ? target : {};
  const kept = Object.entries(base).filter(([key]) => !Object.hasOwn(patch, key));
  const set = Object.entries(patch).filter(([, value]) => value !== null);
  const own = (key: string) => (Object.hasOwn(base, key) ? base[key] : undefined);
  return Object.fromEntries([...kept, ...set.map(([key, value]) => [key, merged(own(key), value)] as const)]);
}

/** One operation of a JSON patch, as far as it can be read. */
export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** A pointer that does not begin with a slash is read by servers without its first segment. */
const isPointer = (value: unknown): boolean => typeof value === 'string' && (value === '' || value.startsWith('/'));

export const isOperation = (one: unknown): one is Operation =>
  isMap(one) && typeof one['op'] === 'string' && isPointer(one['path']) && isPointer(one['from'] ?? '');

/** `whyNot`: an operation that does not apply. The server would refuse it for the same reason. */
export function operated(object: unknown, operations: readonly Operation[]): Result<unknown> {
  let value = object;
  for (const operation of operations) {
    const next = step(value, operation);
    if ('whyNot' in next) return whyNot(`${operation.op} ${operation.path}: ${next.whyNot}`);
    value = next.value;
  }
  return { value };
}

function step(object: unknown, { op, path, from = '', value }: Operation): Result<unknown> {
  const at = segmentsOf(path);
  switch (op) {
    case 'add':
    case 'remove':
    case 'replace':
      return changed(object, at, { op, value });
    case 'test':
      return canonicalJson(valueAt(object, at)) === canonicalJson(value) ? { value: object } : whyNot('another value');
    case 'copy':
      return changed(object, at, { op: 'add', value: valueAt(object, segmentsOf(from)) });
    case 'move': {
      const taken = valueAt(object, segmentsOf(from));
      const without = changed(object, segmentsOf(from), { op: 'remove' });
      return 'whyNot' in without ? without : changed(without.value, at, { op: 'add', value: taken });
    }
    default:
      return whyNot('no operation of a JSON patch');
  }
}

interface Change {
  readonly op: 'add' | 'remove' | 'replace';
  readonly value?: unknown;
}

function changed(node: unknown, [key, ...rest]: readonly string[], change: Change): Result<unknown> {
  if (key === undefined) return change.op === 'remove' ? whyNot('the whole object') : { value: change.value };
  if (isList(node)) return changedList(node, { key, rest }, change);
  if (!isMap(node)) return whyNot('nothing is there');
  const isThere = Object.hasOwn(node, key);
  if (!isThere && (rest.length > 0 || change.op !== 'add')) return whyNot(`there is no ${key}`);
  const others = Object.entries(node).filter(([name]) => name !== key);
  if (rest.length === 0 && change.op === 'remove') return { value: Object.fromEntries(others) };
  const child = rest.length === 0 ? { value: change.value } : changed(node[key], rest, change);
  return 'whyNot' in child ? child : { value: Object.fromEntries([...others, [key, child.value]]) };
}

const INDEX = /^(0|[1-9]\d{0,8})$/;

function changedList(
  node: readonly unknown[],
  { key, rest }: { readonly key: string; readonly rest: readonly string[] },
  change: Change,
): Result<unknown> {
  const isEnd = key === '-' && change.op === 'add' && rest.length === 0;
  const index = isEnd ? node.length : INDEX.test(key) ? Number(key) : node.length + 1;
  const isNew = rest.length === 0 && change.op === 'add';
  if (index > (isNew ? node.length : node.length - 1)) return whyNot(`there is no element ${key}`);
  if (isNew) return { value: node.toSpliced(index, 0, change.value) };
  if (rest.length === 0 && change.op === 'remove') return { value: node.toSpliced(index, 1) };
  const child = rest.length === 0 ? { value: change.value } : changed(node[index], rest, change);
  return 'whyNot' in child ? child : { value: node.with(index, child.value) };
}
