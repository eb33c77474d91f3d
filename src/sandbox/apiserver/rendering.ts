/** Answers in the form that Accept asked for: tables, metadata alone, YAML. */
import { yaml } from '../../std/late-packages.ts';
import { asPartial, asTable, type IncludeObject } from '../printers/table.ts';
import { badRequest, wrongForm } from '../machinery/errors.ts';
import { fieldErrorText, invalidValue } from '../machinery/field-errors.ts';
import { type Draft, isObject } from '../machinery/json.ts';
import type { Accepted } from './negotiate.ts';
import type { ResourceType } from '../machinery/registry.ts';
import type { Query } from '../machinery/route.ts';

export interface Rendering {
  readonly type: ResourceType;
  readonly accepted: Accepted;
  readonly query: Query;
  readonly now: number;
}

function includeOf(query: Query): IncludeObject {
  const given = query.get('includeObject') ?? '';
  if (given === 'None' || given === 'Object') return given;
  if (given === '' || given === 'Metadata') return 'Metadata';
  const problem = invalidValue('includeObject', given, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${fieldErrorText(problem)}`);
}

/** One object is no list and a list is none. Throws 406. */
function checkForm(value: Draft, as: string, type: ResourceType): void {
  const isList = Array.isArray(value['items']);
  if (isList === (as === 'PartialObjectMetadataList')) return;
  const group = type.group === '' ? 'core' : (type.group.split('.')[0] ?? '');
  const name = type.custom
    ? `unstructured.Unstructured${isList ? 'List' : ''}`
    : `${group}.${isList ? type.listKind : type.kind}`;
  throw wrongForm(`you requested ${as}, but the requested object is ${isList ? 'a' : 'not a'} list (*${name})`);
}

/** A Status is never anything else. */
export function rendered(
  value: unknown,
  { type, accepted, query, now }: Rendering,
  columns: 'shown' | 'left out' = 'shown',
): unknown {
  if (!accepted.as || !isObject(value) || (value['kind'] === 'Status' && value['apiVersion'] === 'v1')) return value;
  if (accepted.as !== 'Table') {
    checkForm(value, accepted.as, type);
    return asPartial(value, accepted.version);
  }
  return asTable(value, { type, version: accepted.version, include: includeOf(query), now, columns });
}

const sortedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  const result: Draft = {};
  for (const key of Object.keys(value).sort()) result[key] = sortedKeys(value[key]);
  return result;
};

/** As sigs.k8s.io/yaml writes it: keys sorted, lists not indented, what YAML 1.1 would misread in quotes. */
export const yamlText = (value: unknown): string =>
  yaml()
    .stringify(sortedKeys(value), {
      version: '1.1',
      schema: 'yaml-1.1',
      lineWidth: 0,
      indentSeq: false,
      aliasDuplicateObjects: false,
    })
    // A lone dot (fieldsV1 has them) is a number to this library alone.
    .replace(/^(\s*)"\.":/gm, '$1.:');
