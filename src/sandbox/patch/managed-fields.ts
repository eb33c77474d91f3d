/**
 * Who owns which fields: managedFields kept on every write, and server-side apply with its conflicts and removals.
 * Pure: the caller hands in objects, schema and time. https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { toTimestamp } from '../../std/clock.ts';
import { asList, asText, type Draft, equalJson, isObject } from '../machinery/json.ts';
import { EMPTY_SET, type FieldSet, fieldSetFromJson, fieldSetOf } from './field-set.ts';
import type { Atom } from '../schema/typed-schema.ts';
import { takenOverFields } from './last-applied.ts';
import { compare, mergeTyped, removeFields } from './typed-merge.ts';
import { fieldsOf } from './typed-value.ts';

export interface FieldWrite {
  /** Schema of the object in this write's version. */
  readonly atom: Atom;
  readonly apiVersion: string;
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly now: number;
  /** Fields that this write cannot change, whatever it says. */
  readonly reset: FieldSet;
  /** Of a write through `scale`: where the object has its replicas. */
  readonly replicas?: FieldSet;
}

interface Owner {
  readonly fields: FieldSet;
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339; absent where the writer was not timed. */
  readonly time?: string;
}

type Owners = Map<string, Owner>;

/** Versions do not tell appliers apart. */
const identity = ({ manager, operation, apiVersion, subresource }: Omit<Owner, 'fields'>): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);

/** More updaters than this are merged into one called `ancient-changes`, oldest first. The real server's number. */
const MAX_UPDATERS = 10;

const NEVER_OWNED = fieldSetOf([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['metadata', field]),
]);

/** Undefined when the entries are not to be understood. */
function decode(entries: unknown): Owners | undefined {
  const owners: Owners = new Map();
  for (const entry of asList(entries)) {
    if (!isObject(entry)) return undefined;
    const operation = asText(entry['operation']);
    const fields =
      entry['fieldsV1'] === undefined || entry['fieldsV1'] === null ? EMPTY_SET : fieldSetFromJson(entry['fieldsV1']);
    if ((operation !== 'Apply' && operation !== 'Update') || !fields || asText(entry['fieldsType']) !== 'FieldsV1')
      return undefined;
    const time = asText(entry['time']);
    const owner: Owner = {
      fields,
      operation,
      manager: asText(entry['manager']),
      apiVersion: asText(entry['apiVersion']),
      subresource: asText(entry['subresource']),
      ...(time === '' ? {} : { time }),
    };
    owners.set(identity(owner), owner);
  }
  return owners;
}

function encode(owners: Owners): readonly Draft[] {
  const key = (owner: Owner): readonly string[] => [
    owner.operation,
    owner.time ?? '',
    owner.manager,
    owner.apiVersion,
    owner.subresource,
  ];
  return [...owners.values()]
    .filter(({ fields }) => !fields.empty)
    .sort((a, b) => compareTexts(key(a), key(b)))
    .map((owner) => ({
      manager: owner.manager,
      operation: owner.operation,
      apiVersion: owner.apiVersion,
      ...(owner.time === undefined ? {} : { time: owner.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: owner.fields.toJson(),
      ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
    }));
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((text, at) => text !== b[at]);
  return index < 0 ? 0 : (a[index] as string) < (b[index] as string) ? -1 : 1;
}

const metaOf = (object: unknown): Draft => (isObject(object) && isObject(object['metadata']) ? object['metadata'] : {});

/** The object as ownership sees it. */
function unmanaged(object: unknown): unknown {
  if (!isObject(object) || metaOf(object)['managedFields'] === undefined) return object;
  const { managedFields: _, ...metadata } = metaOf(object);
  return { ...object, metadata };
}

const isReset = (entries: unknown): boolean =>
  Array.isArray(entries) &&
  (entries.length === 0 || (entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0));

/**
 * managedFields after an ordinary write from `live` to `next`; empty: the object has none. `live` is the kind's empty
 * object on create. Clients may send managedFields: an empty list clears, entries replace, except through subresources.
 */
export function trackedFields(live: unknown, next: unknown, write: FieldWrite): readonly Draft[] {
  const given = metaOf(next)['managedFields'];
  const before = decode(metaOf(live)['managedFields']) ?? new Map();
  let owners = before;
  if (write.subresource === '' && given !== undefined && given !== null) {
    const decoded = isReset(given) ? new Map<string, Owner>() : decode(given);
    owners = isReset(given) ? new Map() : decoded && decoded.size > 0 ? decoded : before;
  }
  // An object that once lost its owners stays without, until something is applied.
  if (owners.size === 0 && asText(metaOf(live)['uid']) !== '') return [];
  return encode(updated(owners, [unmanaged(live), unmanaged(next)], write));
}

function updated(owners: Owners, [live, next]: readonly [unknown, unknown], write: FieldWrite): Owners {
  const whole = compare(write.atom, live, next);
  const changed = whole.modified.union(whole.added).without(write.reset);
  const removed = whole.removed.without(write.reset);
  const result: Owners = new Map();
  for (const [id, owner] of owners) {
    const fields = owner.fields.difference(owner.fields.intersection(changed)).difference(removed);
    if (!fields.empty) result.set(id, { ...owner, fields });
  }
  const own = changed.difference(NEVER_OWNED);
  if (own.empty) return write.replicas ? apart(result, write.replicas) : result;
  // The scale has owners of its own, and an object without owners gets none by an ordinary write.
  if (write.replicas && !ownsAny(owners, own)) return owners;
  const who = {
    manager: write.manager,
    operation: 'Update',
    apiVersion: write.apiVersion,
    subresource: write.subresource,
  } as const;
  const id = identity(who);
  // The scale endpoint keeps no times.
  const time = write.subresource === 'scale' ? {} : { time: toTimestamp(write.now) };
  result.set(id, { ...who, ...time, fields: own.union(result.get(id)?.fields ?? EMPTY_SET) });
  return capped(result);
}

function capped(owners: Owners): Owners {
  const updaters = [...owners].filter(([, owner]) => owner.operation === 'Update');
  if (updaters.length <= MAX_UPDATERS) return owners;
  updaters.sort(([, a], [, b]) => compareTexts([a.time ?? '', a.manager], [b.time ?? '', b.manager]));
  const first = new Map<string, string>();
  let count = updaters.length;
  for (const [id, owner] of updaters) {
    if (count <= MAX_UPDATERS) break;
    const oldest = first.get(owner.apiVersion);
    if (oldest === undefined) {
      first.set(owner.apiVersion, id);
      continue;
    }
    const who = {
      manager: 'ancient-changes',
      operation: 'Update',
      apiVersion: owner.apiVersion,
      subresource: '',
    } as const;
    const bucket = identity(who);
    const merged = (owners.get(bucket) ?? owners.get(oldest))?.fields ?? EMPTY_SET;
    owners.delete(oldest);
    owners.delete(id);
    owners.set(bucket, {
      ...who,
      fields: merged.union(owner.fields),
      ...(owner.time === undefined ? {} : { time: owner.time }),
    });
    count--;
  }
  return owners;
}

export interface Conflict {
  /** `conflict with "two" using v1`. */
  readonly message: string;
  /** `.spec.replicas`. */
  readonly field: string;
}

export type Applied =
  | {
      readonly outcome: 'applied';
      readonly object: unknown;
      readonly managedFields: readonly Draft[];
      /** What is there is what was wanted. */
      readonly unchanged: boolean;
    }
  /** `message` names all of them as the server does. */
  | { readonly outcome: 'conflict'; readonly message: string; readonly conflicts: readonly Conflict[] };

export interface Application {
  /** The object that is there, or the kind's empty object. */
  readonly live: unknown;
  /** What a new object of the kind looks like: owners of what was there before the first apply are told by it. */
  readonly blank: unknown;
  readonly config: unknown;
  readonly force: 'never' | 'take-over';
}

/** The configuration has been checked against the schema. */
export function applyConfiguration({ live: given, blank, config, force }: Application, write: FieldWrite): Applied {
  const live = unmanaged(given);
  const decoded = decode(metaOf(given)['managedFields']) ?? new Map<string, Owner>();
  const owners = write.replicas
    ? withScaleOwner(decoded, write.replicas, write)
    : decoded.size > 0
      ? decoded
      : updated(decoded, [blank, live], { ...write, manager: BEFORE });
  const who = {
    manager: write.manager,
    operation: 'Apply',
    apiVersion: write.apiVersion,
    subresource: write.subresource,
  } as const;
  const id = identity(who);
  const last = owners.get(id);
  const fields = fieldsOf(write.atom, config).without(write.reset);
  owners.set(id, { ...who, ...(last?.time === undefined ? {} : { time: last.time }), fields });
  const merged = mergeTyped(write.atom, live, config);
  const object =
    last && !last.fields.empty ? pruned(write.atom, merged, { last: last.fields, owned: ownedByAll(owners) }) : merged;
  const taken = takeOver(owners, id, { difference: compare(write.atom, live, object), reset: write.reset });
  const refused = force === 'never' ? stillConflicting(taken.conflicts, live, write) : [];
  if (refused.length > 0) return conflictOf(refused, write);
  const own = fields.difference(NEVER_OWNED);
  if (own.empty) taken.owners.delete(id);
  const unchanged = equalJson(live, object);
  const time = write.subresource === 'scale' ? {} : timeOf(last, unchanged, write.now);
  const kept = write.replicas ? apart(taken.owners, write.replicas) : taken.owners;
  if (!own.empty) kept.set(id, { ...who, fields: own, ...time });
  return { outcome: 'applied', object: unchanged ? live : object, managedFields: encode(kept), unchanged };
}

/** The owner of what was there before the first apply. */
const BEFORE = 'before-first-apply';

/** Whether somebody owns what a write through `scale` is about. */
export const hasScaleOwner = (managedFields: unknown, { replicas = EMPTY_SET }: FieldWrite): boolean =>
  ownsAny(decode(managedFields) ?? new Map(), replicas);

const ownsAny = (owners: Owners, set: FieldSet): boolean =>
  [...owners.values()].some(({ fields }) => !fields.intersection(set).empty);

/**
 * Who wrote the replicas with other fields and keeps them comes back from the scale as an entry of its own, without a
 * time: the scale names its own version, and entries of writers are told apart by it.
 */
function apart(owners: Owners, replicas: FieldSet): Owners {
  const result: Owners = new Map();
  for (const [id, owner] of owners) {
    const { time: _, ...untimed } = owner;
    const own = owner.fields.intersection(replicas);
    const shared = owner.operation === 'Update' && !own.empty;
    if (!shared) result.set(id, owner);
    else {
      const left = owner.fields.difference(own);
      if (!left.empty) result.set(id, { ...owner, fields: left });
      result.set(`${id} of the scale`, { ...untimed, fields: own });
    }
  }
  return result;
}

function withScaleOwner(owners: Owners, fields: FieldSet, { apiVersion }: FieldWrite): Owners {
  if (ownsAny(owners, fields)) return owners;
  const who = { manager: BEFORE, operation: 'Update', apiVersion, subresource: 'scale' } as const;
  return new Map([...owners, [identity(who), { ...who, fields }]]);
}

function timeOf(last: Owner | undefined, unchanged: boolean, now: number): { readonly time?: string } {
  if (!unchanged) return { time: toTimestamp(now) };
  return last?.time === undefined ? {} : { time: last.time };
}

const ownedByAll = (owners: Owners): FieldSet =>
  [...owners.values()].reduce((all, { fields }) => all.union(fields), EMPTY_SET);

/** Takes away what this manager applied last time and nobody owns now. */
function pruned(
  atom: Atom,
  merged: unknown,
  { last, owned }: { readonly last: FieldSet; readonly owned: FieldSet },
): unknown {
  const named = (set: FieldSet) => set.withNamedFields(atom);
  const mergedFields = named(fieldsOf(atom, merged));
  const bare = removeFields(atom, merged, named(last));
  const lost = mergedFields.difference(named(fieldsOf(atom, bare)).union(named(owned)));
  const withOwned = removeFields(atom, merged, lost);
  // What went although this manager never had it comes back.
  const gone = mergedFields.difference(named(fieldsOf(atom, withOwned))).intersection(named(last));
  return removeFields(atom, merged, gone);
}

interface Taken {
  readonly owners: Owners;
  readonly conflicts: readonly { readonly owner: Owner; readonly fields: FieldSet }[];
}

function takeOver(
  owners: Owners,
  self: string,
  { difference, reset }: { readonly difference: ReturnType<typeof compare>; readonly reset: FieldSet },
): Taken {
  const changed = difference.modified.union(difference.added).without(reset);
  const removed = difference.removed.without(reset);
  const result: Owners = new Map();
  const conflicts: { owner: Owner; fields: FieldSet }[] = [];
  for (const [id, owner] of owners) {
    if (id === self) continue;
    const common = owner.fields.intersection(changed);
    if (!common.empty) conflicts.push({ owner, fields: common });
    const fields = owner.fields.difference(common).difference(removed);
    if (!fields.empty) result.set(id, { ...owner, fields });
  }
  return { owners: result, conflicts };
}

/** Without what kubectl may take over from itself. */
function stillConflicting(found: Taken['conflicts'], live: unknown, write: FieldWrite): Taken['conflicts'] {
  const own = found.length === 0 ? undefined : takenOverFields(live, write);
  if (!own) return found;
  return found.flatMap(({ owner, fields }) => {
    const left = fields.difference(own);
    return left.empty ? [] : [{ owner, fields: left }];
  });
}

/** The order of owners in a message is that of their entries written as JSON; appliers have no version there. */
const orderKey = ({ manager, operation, apiVersion, time, subresource }: Owner): string =>
  JSON.stringify({
    manager,
    operation,
    ...(operation === 'Update' ? { apiVersion, time } : {}),
    fieldsType: 'FieldsV1',
    ...(subresource === '' ? {} : { subresource }),
  });

/** Times are no part of who an owner is, so they never show here. */
function ownerText({ manager, subresource, operation, apiVersion }: Owner, write: FieldWrite): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  // A scale's owners are told in the scale's terms.
  const version = write.subresource === 'scale' ? 'autoscaling/v1' : apiVersion;
  return operation === 'Update' ? `${name} using ${version}` : name;
}

function conflictOf(found: Taken['conflicts'], write: FieldWrite): Applied {
  const byOwner = found
    .map(({ owner, fields }) => ({ key: orderKey(owner), text: ownerText(owner, write), fields: [...fields.paths()] }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const conflicts = byOwner.flatMap(({ text, fields }) =>
    fields.map((field) => ({ message: `conflict with ${text}`, field })),
  );
  const single = conflicts.length === 1 ? conflicts[0] : undefined;
  const message = single
    ? `${single.message}: ${single.field}`
    : byOwner
        .map(({ text, fields }) => [`conflicts with ${text}:`, ...fields.map((field) => `- ${field}`)].join('\n'))
        .join('\n');
  return {
    outcome: 'conflict',
    message: `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}: ${message}`,
    conflicts,
  };
}
