/** Objects as `Table` and `PartialObjectMetadata` of meta.k8s.io, as clients ask for them in Accept. */
import { fromTimestamp } from '../../std/clock.ts';
import { asText, at, type Draft, isObject, objectsOf, thaw } from '../machinery/json.ts';
import { apiVersionOf, type ResourceType } from '../machinery/registry.ts';
import type { Cell } from './cell-texts.ts';
import { CLUSTER_ROWS } from './cluster-rows.ts';
import { EXTENSION_ROWS } from './extension-rows.ts';
import { ageText, builtinColumns, type Column, defaultColumns, nameColumn, scaleColumns } from './columns.ts';
import { ageOf, humanDuration } from './human-duration.ts';
import { findJsonPath } from './json-path.ts';
import { podRow, podRowConditions } from './pod-row.ts';
import { WORKLOAD_ROWS } from './workload-rows.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableRequest {
  readonly type: ResourceType;
  /** `v1` or `v1beta1`. */
  readonly version: string;
  readonly include: IncludeObject;
  readonly now: number;
  /** A watch names the columns with its first event only. */
  readonly columns: 'shown' | 'left out';
}

interface Printer {
  readonly columns: readonly Column[];
  readonly row: (object: Draft, now: number) => readonly Cell[];
  readonly conditions?: (object: Draft) => readonly Draft[] | undefined;
}

const defaultRow = (object: Draft): readonly Cell[] => [
  asText(at(object, 'metadata', 'name')),
  asText(at(object, 'metadata', 'creationTimestamp')),
];
const scaleRow = (object: Draft, now: number): readonly Cell[] => [
  asText(at(object, 'metadata', 'name')),
  Number(at(object, 'spec', 'replicas') ?? 0),
  Number(at(object, 'status', 'replicas') ?? 0),
  ageOf(at(object, 'metadata', 'creationTimestamp'), now),
];

function printerOf(type: ResourceType, object: Draft): Printer {
  if (object['kind'] === 'Scale') return { columns: scaleColumns(), row: scaleRow };
  if (type.custom) return customPrinter(type);
  if (type.group === '' && type.resource === 'pods')
    return { columns: builtinColumns('pods') ?? [], row: podRow, conditions: podRowConditions };
  const resource =
    type.group === 'events.k8s.io' ? 'events' : type.group === '' ? type.resource : `${type.resource}.${type.group}`;
  const columns = builtinColumns(resource);
  const row = WORKLOAD_ROWS[resource] ?? CLUSTER_ROWS[resource] ?? EXTENSION_ROWS[resource];
  return columns && row ? { columns, row } : { columns: defaultColumns(), row: defaultRow };
}

// --- custom resources

function customPrinter(type: ResourceType): Printer {
  const declared = objectsOf(type.custom?.version['additionalPrinterColumns']);
  const given =
    declared.length > 0
      ? declared
      : [{ name: 'Age', type: 'date', description: ageText(), jsonPath: '.metadata.creationTimestamp' }];
  const columns = given.map((column): Column => {
    const described = asText(column['description']);
    return {
      name: asText(column['name']),
      type: asText(column['type']),
      format: asText(column['format']),
      description:
        described === ''
          ? `Custom resource definition column (in JSONPath format): ${asText(column['jsonPath'])}`
          : described,
      priority: Number(column['priority'] ?? 0),
    };
  });
  return {
    columns: [nameColumn(), ...columns],
    row: (object, now) => [
      asText(at(object, 'metadata', 'name')),
      ...given.map((column) =>
        customCell(asText(column['type']), findJsonPath(asText(column['jsonPath']), object), now),
      ),
    ],
  };
}

/** Go writes the keys of its maps in order. */
const inOrder = (_: string, value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, inOrder));

function customCell(type: string, found: readonly unknown[], now: number): Cell {
  const [value] = found;
  if (value === undefined) return null;
  // Of several results only the first is shown.
  if (type === 'string') return plain(value);
  if (type === 'integer') return typeof value === 'number' ? Math.trunc(value) : null;
  if (type === 'number') return typeof value === 'number' ? value : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  if (type !== 'date' || typeof value !== 'string') return null;
  const instant = fromTimestamp(value);
  return instant === undefined ? '<invalid>' : humanDuration(now - instant);
}

// --- forms

const META = 'meta.k8s.io';
const itemsOf = (value: Draft): readonly Draft[] | undefined =>
  Array.isArray(value['items']) ? objectsOf(value['items']) : undefined;
const metadataOf = (value: Draft): Draft => (isObject(value['metadata']) ? value['metadata'] : {});

/**
 * Annotations that only stand for a field of an older version: the server's own form of the object has the field
 * instead.
 */
const FIELD_ANNOTATIONS: readonly (readonly [kind: string, annotation: string])[] = [
  ['DaemonSet', 'deprecated.daemonset.template.generation'],
  ['Deployment', 'deprecated.deployment.rollback.to'],
];

/** Metadata is read off the server's own form. */
function partialMetadata(object: Draft, kind: string): Draft {
  const metadata = metadataOf(object);
  const { annotations } = metadata;
  const stand = FIELD_ANNOTATIONS.find(([of]) => of === kind)?.[1];
  if (stand === undefined || !isObject(annotations) || annotations[stand] === undefined) return metadata;
  const { [stand]: _, ...others } = annotations;
  const { annotations: __, ...rest } = metadata;
  return Object.keys(others).length > 0 ? { ...rest, annotations: others } : rest;
}

/** `kind`: items of a list do not name theirs. */
export const partialObject = (object: Draft, version: string, kind = asText(object['kind'])): Draft => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `${META}/${version}`,
  metadata: partialMetadata(object, kind),
});

/** One object, or a list of them. */
export function asPartial(value: Draft, version: string): Draft {
  const items = itemsOf(value);
  if (!items) return partialObject(value, version);
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `${META}/${version}`,
    metadata: listMetadata(metadataOf(value)),
    items: items.map((item) => partialObject(item, version, asText(value['kind']).replace(/List$/, ''))),
  };
}

/** Lists of custom resources name an empty continuation; tables leave it out. */
function listMetadata({ continue: token, ...rest }: Draft): Draft {
  return token === undefined || token === '' ? rest : { ...rest, continue: token };
}

/** The form in which the server keeps an object: a table says the same of it in each of its versions. */
const ownForm = (object: Draft, { convert }: ResourceType): Draft =>
  convert === undefined ? object : { ...convert.toStored(thaw(object)) };

/** A table of FlowSchemas is in the order in which they are tried. */
function inTableOrder(items: readonly Draft[], { resource }: ResourceType): readonly Draft[] {
  if (resource !== 'flowschemas') return items;
  const precedence = (object: Draft): number => Number(at(object, 'spec', 'matchingPrecedence') ?? 0);
  return items.toSorted((a, b) => precedence(a) - precedence(b));
}

/** One object, or a list of them. */
export function asTable(value: Draft, request: TableRequest): Draft {
  const items = itemsOf(value);
  const objects = items === undefined ? [value] : inTableOrder(items, request.type);
  const printer = printerOf(request.type, objects[0] ?? {});
  const listMeta = metadataOf(value);
  const version = listMeta['resourceVersion'];
  return {
    kind: 'Table',
    apiVersion: `${META}/${request.version}`,
    metadata: items ? listMetadata(listMeta) : version === undefined ? {} : { resourceVersion: version },
    columnDefinitions: request.columns === 'shown' ? printer.columns : null,
    rows: objects.map((object) => {
      const conditions = printer.conditions?.(object);
      return {
        cells: printer.row(ownForm(object, request.type), request.now),
        ...(conditions ? { conditions } : {}),
        object: rowObject(object, request),
      };
    }),
  };
}

function rowObject(object: Draft, { include, version, type }: TableRequest): Draft | null {
  if (include === 'Object') return { kind: type.kind, apiVersion: apiVersionOf(type), ...object };
  return include === 'None' ? null : partialObject(object, version, type.kind);
}
