/** GET of one object and of collections: selectors, pages, resource versions. */
import type { KubeObject } from '../../shapes/kube.ts';
import { ApiError, badRequest, expired, invalid, notFound, refuse } from '../machinery/errors.ts';
import { forbiddenField, type FieldError } from '../machinery/field-errors.ts';
import { asNumber, asText, isObject } from '../machinery/json.ts';
import { collectionOf, type Machinery, prefixOf, served } from '../machinery/machinery.ts';
import { apiVersionOf, type ResourceType } from '../machinery/registry.ts';
import type { Query } from '../machinery/route.ts';
import {
  type FieldReader,
  type FieldRequirement,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
} from '../machinery/selectors.ts';
import { keyText } from '../machinery/store.ts';

export interface Selection {
  readonly labels: readonly Requirement[];
  readonly fields: readonly (FieldRequirement & { readonly read: FieldReader })[];
}

export interface ListOptions extends Selection {
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly match: string;
  readonly timeoutSeconds: number | undefined;
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

const META_FIELDS: Readonly<Record<string, FieldReader>> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

function integer(query: Query, key: string): number | undefined {
  const text = query.get(key);
  if (text === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** Throws 400 and 422. */
export function listOptions(
  type: ResourceType,
  query: Query,
  { verb, name = '' }: { readonly verb: string; readonly name?: string },
): ListOptions {
  const limit = integer(query, 'limit') ?? 0;
  const timeoutSeconds = integer(query, 'timeoutSeconds');
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '').map((requirement) => ({
    ...requirement,
    read: readerOf(type, requirement.field),
  }));
  if (name !== '')
    fields.push({
      field: 'metadata.name',
      value: name,
      equal: true,
      read: META_FIELDS['metadata.name'] as FieldReader,
    });
  const options: ListOptions = {
    labels,
    fields,
    limit: Math.max(0, limit),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    match: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds,
    allowBookmarks: query.flag('allowWatchBookmarks'),
    sendInitialEvents: query.has('sendInitialEvents') ? query.flag('sendInitialEvents') : undefined,
  };
  const errors = optionErrors(options, verb);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  return options;
}

function readerOf(type: ResourceType, field: string): FieldReader {
  const reader = META_FIELDS[field] ?? type.strategy.selectableFields?.[field];
  if (reader) return reader;
  // Kinds without fields of their own have the generic message; the others refuse the label.
  if (type.strategy.selectableFields || type.custom) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

function optionErrors(options: ListOptions, verb: string): readonly FieldError[] {
  const { match, resourceVersion, continueToken, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const no = (detail: string) => errors.push(forbiddenField('resourceVersionMatch', detail));
  const known = () => {
    if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push({
        type: 'FieldValueNotSupported',
        field: 'resourceVersionMatch',
        badValue: match,
        detail: 'supported values: "Exact", "NotOlderThan", ""',
      });
    }
  };
  if (verb === 'watch') {
    if (sendInitialEvents !== undefined) {
      if (match === '') no('resourceVersionMatch is required when sendInitialEvents is provided');
      else if (match !== 'NotOlderThan')
        errors.push({
          type: 'FieldValueNotSupported',
          field: 'resourceVersionMatch',
          badValue: match,
          detail: 'supported values: "NotOlderThan"',
        });
      if (continueToken !== '')
        errors.push(forbiddenField('continue', 'sendInitialEvents is forbidden when continue is provided'));
    } else if (match !== '') no('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    return errors;
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (match === '') return errors;
  if (resourceVersion === '') no('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (continueToken !== '') no('resourceVersionMatch is forbidden when continue is provided');
  known();
  if (match === 'Exact' && resourceVersion === '0')
    no('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  return errors;
}

export const isSelected = ({ labels, fields }: Selection, object: KubeObject): boolean =>
  matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object);

export function getObject(
  machinery: Machinery,
  type: ResourceType,
  place: { readonly namespace: string; readonly name: string },
): KubeObject {
  if (type.computed) {
    const made = type.computed.get(place);
    if (!made) throw notFound(type, place.name);
    return made;
  }
  const stored = collectionOf(machinery, type).get(keyText(type.namespaced ? place.namespace : '', place.name));
  if (!stored) throw notFound(type, place.name);
  return served(type, stored);
}

export interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

interface Token {
  readonly revision: number;
  readonly start: string;
}

/** The caller has waited for a future resourceVersion. */
export function listObjects(
  machinery: Machinery,
  place: { readonly type: ResourceType; readonly namespace: string },
  options: ListOptions,
): Page {
  const { type } = place;
  if (type.computed) {
    const items = type.computed.list(place.namespace).filter((object) => isSelected(options, object));
    return { items, metadata: { resourceVersion: '' } };
  }
  const collection = collectionOf(machinery, type);
  const prefix = prefixOf(type, place.namespace);
  const token = options.continueToken === '' ? undefined : readToken(options.continueToken);
  if (token && options.resourceVersion !== '' && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const version = versionOf(options.resourceVersion);
  const exact = options.match === 'Exact' || (options.match === '' && options.limit > 0 && version > 0);
  // The watch cache serves version 0 and pays no heed to limits.
  const limit = options.resourceVersion === '0' ? 0 : options.limit;
  const revision = token && token.revision > 0 ? token.revision : exact ? version : collection.revision;
  const now = revision === collection.revision;
  if (!now && revision < collection.compactedAt) {
    throw token ? expiredToken(token) : expired('The resourceVersion for the provided list is too old.');
  }
  const from = token ? prefix + token.start : prefix;
  const entries = now ? collection.scan(prefix, from) : collection.scanAt(revision, prefix, from);
  const items: KubeObject[] = [];
  let next: string | undefined;
  let remaining = 0;
  const selective = options.labels.length > 0 || options.fields.length > 0;
  for (const [key, object] of entries) {
    if (next !== undefined) {
      if (!selective) remaining++;
      else if (isSelected(options, served(type, object))) {
        remaining = 1;
        break;
      }
      continue;
    }
    const shown = served(type, object);
    if (!selective || isSelected(options, shown)) items.push(shown);
    if (limit > 0 && items.length === limit) next = `${key.slice(prefix.length)}\0`;
  }
  const more = next !== undefined && remaining > 0;
  return {
    items,
    metadata: {
      resourceVersion: String(revision),
      ...(more ? { continue: writeToken({ revision, start: next as string }) } : {}),
      ...(more && !selective ? { remainingItemCount: remaining } : {}),
    },
  };
}

export function versionOf(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) {
    throw invalid({ group: '', kind: '' }, '', [
      {
        type: 'FieldValueInvalid',
        field: 'resourceVersion',
        badValue: text,
        detail: `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
      },
    ]);
  }
  return Number(text);
}

const writeToken = ({ revision, start }: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');

function readToken(text: string): Token {
  const bad = (problem: string) => badRequest(`invalid continue token: continue key is not valid: ${problem}`);
  const bytes = Buffer.from(text, 'base64url');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    const first = String.fromCharCode(bytes[0] ?? 0);
    throw bad(
      bytes.length === 0
        ? 'unexpected end of JSON input'
        : `invalid character '${first}' looking for beginning of value`,
    );
  }
  if (!isObject(value)) throw bad('unexpected end of JSON input');
  const version = asText(value['v']);
  if (version !== 'meta.k8s.io/v1') throw bad(`server does not recognize this encoded version ${version}`);
  const revision = asNumber(value['rv']) ?? 0;
  if (revision === 0) throw bad(`incorrect encoded start resourceVersion (version ${version})`);
  const start = asText(value['start']);
  if (start === '') throw bad(`encoded start key empty (version ${version})`);
  const cleaned = `/${start}`
    .split('/')
    .reduce<string[]>(
      (parts, part) => (part === '..' ? parts.slice(0, -1) : part === '.' || part === '' ? parts : [...parts, part]),
      [],
    )
    .join('/');
  if (cleaned !== start.replace(/^\//, '')) throw bad(start);
  return { revision, start };
}

function expiredToken(token: Token): ApiError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const { status } = refuse({ reason: 'Expired', message });
  // -1: from here on the state of the moment.
  return new ApiError({ ...status, metadata: { continue: writeToken({ revision: -1, start: token.start }) } });
}

/** Items of builtin lists do not repeat what the list says. */
// oxlint-disable-next-line no-unused-vars -- what is named here is what is left out
const withoutType = ({ kind, apiVersion, ...rest }: KubeObject): Readonly<Record<string, unknown>> => rest;

export const listBody = (type: ResourceType, page: Page): Readonly<Record<string, unknown>> => ({
  kind: type.listKind,
  apiVersion: apiVersionOf(type),
  metadata: type.custom ? { continue: '', ...page.metadata } : page.metadata,
  items: type.custom ? page.items : page.items.map(withoutType),
});

/** 504 with what clients look for. */
export const versionTooLarge = (asked: number, current: number): ApiError =>
  refuse({
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
