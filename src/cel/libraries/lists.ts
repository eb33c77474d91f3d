/**
 * Lists and sets: Kubernetes' list library, https://pkg.go.dev/github.com/google/cel-go/ext#Lists version 3 and
 * https://pkg.go.dev/github.com/google/cel-go/ext#Sets.
 */
import { CelError } from '../errors.ts';
import { compare, equal } from '../equality.ts';
import { type Declaration, declare, int, list, num, span, uint } from '../functions.ts';
import { Duration, Uint, type Value } from '../values.ts';

const ORDERED = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];
/** Longest list `lists.range` makes: the original's bound, so that one call cannot fill the memory. */
const MAX_RANGE = 10_000_000n;

const order = (a: Value, b: Value): number => compare(a, b) ?? 0;

function isSorted(items: readonly Value[]): boolean {
  return items.every((item, index) => index === 0 || order(items[index - 1] as Value, item) <= 0);
}

function extreme(items: readonly Value[], { name, sign }: { name: string; sign: 1 | -1 }): Value {
  const [first, ...rest] = items;
  if (first === undefined) throw new CelError(`${name} called on empty list`);
  return rest.reduce<Value>((best, item) => (order(item, best) * sign > 0 ? item : best), first);
}

const int64 = (value: bigint): bigint => {
  if (BigInt.asIntN(64, value) !== value) throw new CelError('integer overflow');
  return value;
};

const SUMS: readonly Declaration[] = [
  declare('list<int>->sum(): int', ([a]) => list(a).reduce<bigint>((sum, item) => int64(sum + int(item)), 0n)),
  declare('list<uint>->sum(): uint', ([a]) => new Uint(list(a).reduce<bigint>((sum, item) => sum + uint(item), 0n))),
  declare('list<double>->sum(): double', ([a]) => list(a).reduce<number>((sum, item) => sum + num(item), 0)),
  declare(
    'list<duration>->sum(): duration',
    ([a]) => new Duration(list(a).reduce<bigint>((sum, item) => int64(sum + span(item)), 0n)),
  ),
];

function slice(items: readonly Value[], start: bigint, end: bigint): readonly Value[] {
  if (start < 0n || end < 0n) throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end)
    throw new CelError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > BigInt(items.length)) throw new CelError(`cannot slice(${start}, ${end}), list is length ${items.length}`);
  return items.slice(Number(start), Number(end));
}

function flatten(items: readonly Value[], depth: bigint): readonly Value[] {
  if (depth < 0n) throw new CelError('level must be non-negative');
  return items.flatMap((item) =>
    Array.isArray(item)
      ? depth <= 1n
        ? depth === 0n
          ? [item as Value]
          : (item as Value[])
        : flatten(item as Value[], depth - 1n)
      : [item],
  );
}

function distinct(items: readonly Value[]): readonly Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((other) => equal(other, item))) kept.push(item);
  return kept;
}

function range(count: bigint): readonly Value[] {
  if (count > MAX_RANGE) throw new CelError(`cannot create a list of ${count} elements`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index));
}

const has = (items: readonly Value[], wanted: Value): boolean => items.some((item) => equal(item, wanted));
const contains = (items: readonly Value[], wanted: readonly Value[]): boolean =>
  wanted.every((item) => has(items, item));

export const LIST_LIBRARY: readonly Declaration[] = [
  ...ORDERED.flatMap((type) => [
    declare(`list<${type}>->isSorted(): bool`, ([a]) => isSorted(list(a))),
    declare(`list<${type}>->max(): ${type}`, ([a]) => extreme(list(a), { name: 'max', sign: 1 })),
    declare(`list<${type}>->min(): ${type}`, ([a]) => extreme(list(a), { name: 'min', sign: -1 })),
    declare(`list<${type}>->sort(): list<${type}>`, ([a]) => [...list(a)].sort(order)),
  ]),
  ...SUMS,
  declare('list<A>->indexOf(A): int', ([a, b = null]) => BigInt(list(a).findIndex((item) => equal(item, b)))),
  declare('list<A>->lastIndexOf(A): int', ([a, b = null]) => BigInt(list(a).findLastIndex((item) => equal(item, b)))),
  declare('list<A>->slice(int, int): list<A>', ([a, i, j]) => slice(list(a), int(i), int(j))),
  declare('list<list<A>>->flatten(): list<A>', ([a]) => flatten(list(a), 1n)),
  declare('list<dyn>->flatten(int): list<dyn>', ([a, depth]) => flatten(list(a), int(depth))),
  declare('list<A>->distinct(): list<A>', ([a]) => distinct(list(a))),
  declare('list<A>->reverse(): list<A>', ([a]) => [...list(a)].reverse()),
  declare('lists.range(int): list<int>', ([n]) => range(int(n))),
  declare('sets.contains(list<A>, list<A>): bool', ([a, b]) => contains(list(a), list(b))),
  declare(
    'sets.equivalent(list<A>, list<A>): bool',
    ([a, b]) => contains(list(a), list(b)) && contains(list(b), list(a)),
  ),
  declare('sets.intersects(list<A>, list<A>): bool', ([a, b]) => list(a).some((item) => has(list(b), item))),
];
