/**
 * The published field table of the built-in kinds, as protobuf needs it: a number and a Go type for each JSON field.
 */
import { GROUPS, TYPES } from '../../shapes/kinds.generated.ts';
import { assert } from '../../std/assert.ts';

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly goType: string;
  readonly pointer: boolean;
  readonly inline: boolean;
}

/** Opens every object: `k8s` and a zero byte. */
export const MAGIC = Buffer.from('k8s\0', 'latin1');

const packages = new Map<string, string | undefined>();

/** Undefined for kinds that have no protobuf (custom resources). */
export function packageOf(apiVersion: string, kind: string): string | undefined {
  const id = `${apiVersion}/${kind}`;
  if (packages.has(id)) return packages.get(id);
  const found = findPackage(apiVersion, kind);
  // Names of custom resources come from outside and would pile up.
  if (found !== undefined) packages.set(id, found);
  return found;
}

function findPackage(apiVersion: string, kind: string): string | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  if (apiVersion === 'meta.k8s.io/v1' || (kind === 'Status' && apiVersion === 'v1'))
    return TYPES['meta/v1']?.[kind] && 'meta/v1';
  return Object.keys(GROUPS).find(
    (pack) => GROUPS[pack] === group && pack.endsWith(`/${version}`) && TYPES[pack]?.[kind] !== undefined,
  );
}

const fieldsOfType = new Map<string, readonly Field[]>();

export function fieldsOf(pack: string, name: string): readonly Field[] {
  const id = `${pack}.${name}`;
  let fields = fieldsOfType.get(id);
  if (fields === undefined) {
    const text = TYPES[pack]?.[name];
    assert(text !== undefined, `the field table has no ${id}`);
    fields = text
      .replace(/^!/, '')
      .split(';')
      .map((entry) => entry.split('|'))
      .filter(([, , number]) => number !== undefined && number !== '')
      .map(([json = '', goType = '', number]) => {
        return {
          name: json,
          number: Number(number),
          goType: goType.replace(/^\*/, ''),
          pointer: goType.startsWith('*'),
          inline: json === '',
        };
      })
      .sort((a, b) => a.number - b.number);
    fieldsOfType.set(id, fields);
  }
  return fields;
}

/** Follows names of lists, maps and strings to what they stand for. */
export function resolve(
  pack: string,
  goType: string,
): { readonly pack: string; readonly goType: string; readonly message: boolean } {
  if (/^(\[\]|map\[)/.test(goType) || SCALARS.has(goType) || SCALARS.has(`${pack}.${goType}`))
    return { pack, goType, message: false };
  const dot = goType.lastIndexOf('.');
  const [inPack, name] = dot < 0 ? [pack, goType] : [goType.slice(0, dot), goType.slice(dot + 1)];
  const text = TYPES[inPack]?.[name];
  if (text === undefined) return { pack: inPack, goType: 'string', message: false };
  return text.startsWith('=') ? resolve(inPack, text.slice(1)) : { pack: inPack, goType: name, message: true };
}

export const TIMES = new Set(['meta/v1.Time', 'meta/v1.MicroTime']);
export const EMBEDDED_JSON = new Set(['runtime.RawExtension', 'meta/v1.FieldsV1']);
const SCALARS = new Set([
  'string',
  'bool',
  'int',
  'int32',
  'int64',
  'float64',
  'types.UID',
  'resource.Quantity',
  'intstr.IntOrString',
  ...TIMES,
  ...EMBEDDED_JSON,
]);

/** With its package where two packages have a scalar of that name. */
export const scalarName = (pack: string, goType: string): string =>
  TYPES[pack] !== undefined && SCALARS.has(`${pack}.${goType}`) ? `${pack}.${goType}` : goType;
