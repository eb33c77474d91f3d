/**
 * Random objects of any built-in kind as Go's JSON encoding shows them, drawn from the published field table: what
 * `omitempty` leaves out when zero, what a value that is no pointer always shows. And random paths into them, for
 * projections.
 */
import { GROUPS, TYPES } from '../../../shapes/kinds.generated.ts';
import { toTimestamp } from '../../../std/clock.ts';
import type { Prng } from '../../../std/prng.ts';
import type { Encodable } from '../encoder.ts';
import { packageOf, resolve, scalarName } from '../field-table.ts';

/** Below it only what must be there is drawn, or an object of recursive types has no end. */
const MAX_DEPTH = 7;
/** Below the first levels an optional field is drawn this often: pod templates have hundreds. */
const OPTIONAL = 0.2;

interface Field {
  readonly name: string;
  readonly goType: string;
  readonly pointer: boolean;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
}

function fieldsOf(pack: string, name: string): readonly Field[] {
  const entries = (TYPES[pack]?.[name] ?? '').replace(/^!/, '').split(';');
  return entries.flatMap((entry) => {
    const [json = '', goType = '', number = '', flags = ''] = entry.split('|');
    // managedFields are never kept.
    if (number === '' || json === 'managedFields') return [];
    const set = flags.split(' ');
    return {
      name: json,
      goType: goType.replace(/^\*/, ''),
      pointer: goType.startsWith('*'),
      omitEmpty: set.includes('o'),
      omitZero: set.includes('z'),
    };
  });
}

export function randomObject(
  draw: Prng,
  kind: { readonly apiVersion: string; readonly kind: string },
  name: string,
): Encodable {
  const pack = packageOf(kind.apiVersion, kind.kind) ?? '';
  const object = message(draw, { pack, name: kind.kind, depth: 0 });
  const metadata = object['metadata'] as Record<string, unknown>;
  return { ...object, ...kind, metadata: { ...metadata, name, resourceVersion: String(1 + draw.below(1_000_000)) } };
}

interface Place {
  readonly pack: string;
  readonly name: string;
  readonly depth: number;
}

function message(draw: Prng, { pack, name, depth }: Place): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of fieldsOf(pack, name)) {
    const at = { pack, goType: field.goType, depth };
    if (field.name === '') {
      const target = resolve(pack, field.goType);
      Object.assign(object, message(draw, { pack: target.pack, name: target.goType, depth }));
      continue;
    }
    if (mayBeAbsent(field, at) && (depth >= MAX_DEPTH || !draw.chance(depth < 2 ? 0.6 : OPTIONAL))) continue;
    const drawn = value(draw, at);
    if (field.omitEmpty && !field.pointer && (drawn === '' || drawn === 0 || drawn === false)) continue;
    object[field.name] = drawn;
  }
  return object;
}

/** Structs that are no pointers are never empty to Go, but for `omitzero`. */
function mayBeAbsent(field: Field, at: { readonly pack: string; readonly goType: string }): boolean {
  const { goType, message: isMessage, pack } = resolve(at.pack, at.goType);
  const struct = isMessage || STRUCTS.has(scalarName(pack, goType));
  return field.omitZero || (field.pointer && field.omitEmpty) || (field.omitEmpty && !struct);
}

const STRUCTS = new Set(['meta/v1.Time', 'meta/v1.MicroTime', 'resource.Quantity', 'intstr.IntOrString']);
const WORDS = [
  '',
  'a',
  'Running',
  'True',
  'registry.example/app:1',
  'naïve – ünïcode 😀',
  'x'.repeat(70),
  'line\nbreak "quoted"',
];
const KEYS = ['app', 'app.kubernetes.io/name', 'a.example/b', 'tier', 'k'];

function value(draw: Prng, at: { readonly pack: string; readonly goType: string; readonly depth: number }): unknown {
  const { pack, goType, message: isMessage } = resolve(at.pack, at.goType);
  const depth = at.depth + 1;
  if (isMessage) {
    const object = message(draw, { pack, name: goType, depth });
    // A whole object within another carries its kind.
    if (!(TYPES[pack]?.[goType] ?? '').startsWith('|meta/v1.TypeMeta|')) return object;
    const version = pack.slice(pack.indexOf('/') + 1);
    const group = GROUPS[pack];
    return {
      kind: goType,
      apiVersion: group === undefined || group === '' ? version : `${group}/${version}`,
      ...object,
    };
  }
  if (goType === '[]byte') return Buffer.from([1, draw.below(256), draw.below(256)]).toString('base64');
  if (goType.startsWith('[]'))
    return Array.from({ length: 1 + draw.below(3) }, () => value(draw, { pack, goType: goType.slice(2), depth }));
  const map = /^map\[[^\]]+\](.+)$/.exec(goType);
  if (map) {
    const keys = KEYS.filter(() => draw.chance(0.5));
    return Object.fromEntries(
      (keys.length > 0 ? keys : ['k']).map((key) => [key, value(draw, { pack, goType: map[1] as string, depth })]),
    );
  }
  return scalar(draw, scalarName(pack, goType));
}

function scalar(draw: Prng, goType: string): unknown {
  const time = () => toTimestamp(draw.below(4_000_000) * 1_000_000);
  switch (goType) {
    case 'bool':
      return draw.chance(0.5);
    case 'int':
    case 'int32':
      return draw.pick([0, 1, -1, draw.below(2 ** 31), -(2 ** 31)]);
    case 'int64':
      return draw.pick([0, 1, -1, 2 ** 40 + draw.below(1000), -(2 ** 40)]);
    case 'float64':
      return draw.pick([0, 0.5, -1e9]);
    case 'meta/v1.Time':
      return time();
    case 'meta/v1.MicroTime':
      return time().replace('Z', `.${String(draw.below(1_000_000)).padStart(6, '0')}Z`);
    case 'resource.Quantity':
      return draw.pick(['0', '100m', '1Gi', '1500M']);
    case 'intstr.IntOrString':
      return draw.pick([0, 8080, '25%', 'http']);
    case 'runtime.RawExtension':
    case 'meta/v1.FieldsV1':
      return { raw: draw.pick([1, 'x']) };
    default:
      return draw.pick(WORDS);
  }
}

/** A path that a projection may name: some fields deep, at times a key of a map. */
export function randomPath(draw: Prng, kind: { readonly apiVersion: string; readonly kind: string }): string {
  let type = { pack: packageOf(kind.apiVersion, kind.kind) ?? '', goType: kind.kind };
  let path = '';
  for (;;) {
    const field = draw.pick(flattened(type.pack, type.goType));
    path += path === '' ? field.name : `.${field.name}`;
    const below = elementOf(field.pack, field.goType);
    if (below.goType.startsWith('map[')) return draw.chance(0.5) ? path : `${path}[${draw.pick(KEYS)}]`;
    if (!below.message || fieldsOf(below.pack, below.goType).length === 0 || draw.chance(0.25)) return path;
    type = below;
  }
}

function elementOf(inPack: string, ofType: string): ReturnType<typeof resolve> {
  const resolved = resolve(inPack, ofType);
  return resolved.goType.startsWith('[]') && resolved.goType !== '[]byte'
    ? elementOf(resolved.pack, resolved.goType.slice(2))
    : resolved;
}

/** The fields of a type with those of the types that it embeds. */
function flattened(pack: string, name: string): readonly (Field & { readonly pack: string })[] {
  return fieldsOf(pack, name).flatMap((field) => {
    if (field.name !== '') return { ...field, pack };
    const target = resolve(pack, field.goType);
    return flattened(target.pack, target.goType);
  });
}
