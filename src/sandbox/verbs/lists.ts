/** GET of one object and of collections: selectors, pages, resource versions. */
import type { KubeObject } from '../../shapes/kube.ts';
import {
  ApiError,
  badRequest,
  expired,
  invalid,
  notFound,
  quote,
  rawServerError,
  refuse,
} from '../machinery/errors.ts';
import {
  fieldErrorText,
  forbiddenField,
  type FieldError,
  invalidValue,
  notSupported,
} from '../machinery/field-errors.ts';
import { JsonSyntaxError, parseGoJson } from '../machinery/go-json.ts';
import { asNumber, asText, isObject } from '../machinery/json.ts';
import { collectionOf, type Machinery, prefixOf, served } from '../machinery/machinery.ts';
import { apiVersionOf, type ResourceType } from '../machinery/registry.ts';
import { integerOption } from '../machinery/options.ts';
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
import type { Session } from '../machinery/session.ts';
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

/** Throws 400 and 422. */
export function listOptions(
  type: ResourceType,
  query: Query,
  { verb, name = '' }: { readonly verb: string; readonly name?: string },
): ListOptions {
  // In this order: what does not parse, what does not fit together, what this kind cannot select.
  const timeoutSeconds = integerOption(query, 'timeoutSeconds');
  const limit = integerOption(query, 'limit') ?? 0;
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const wanted = parseFieldSelector(query.get('fieldSelector') ?? '');
  const options = {
    limit: Math.max(0, limit),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    match: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds,
    allowBookmarks: query.flag('allowWatchBookmarks'),
    sendInitialEvents: query.has('sendInitialEvents') ? query.flag('sendInitialEvents') : undefined,
  };
  const whole =
    verb === 'watch' ? withInitialEvents({ ...options, labels, fields: [] }) : { ...options, labels, fields: [] };
  const errors = optionErrors(whole, verb);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  const fields = wanted.map((requirement) => ({ ...requirement, read: readerOf(type, requirement) }));
  if (name !== '') fields.push(...byName(fields, name));
  return { ...whole, fields };
}

/**
 * A watch that names no version wants what is there, and is told where that ends.
 * https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/internalversion/defaults.go
 */
function withInitialEvents(options: ListOptions): ListOptions {
  const { sendInitialEvents, match, resourceVersion } = options;
  if (sendInitialEvents !== undefined || match !== '') return options;
  if (resourceVersion !== '' && resourceVersion !== '0') return options;
  return { ...options, sendInitialEvents: true, match: 'NotOlderThan' };
}

/** One object is watched as a collection of which the name selects one. */
function byName(fields: Selection['fields'], name: string): Selection['fields'] {
  const named = fields.some(({ field, equal, value }) => field === 'metadata.name' && equal && value === name);
  if (fields.length > 0 && !named) throw badRequest("fieldSelector metadata.name doesn't match requested name");
  if (named) return [];
  return [{ field: 'metadata.name', value: name, equal: true, read: META_FIELDS['metadata.name'] as FieldReader }];
}

function readerOf(type: ResourceType, { field, value }: FieldRequirement): FieldReader {
  // A selector without both is everything.
  if (field === '' && value === '') return () => '';
  const { selectableFields } = type.strategy;
  // Kinds with fields of their own name all that they take: a cluster's kinds take no namespace.
  const meta = META_FIELDS[field];
  const known = meta && (field === 'metadata.name' || type.namespaced || !selectableFields) ? meta : undefined;
  const reader = known ?? selectableFields?.[field];
  if (reader) return reader;
  if (type.resource === 'jobs' && type.group === 'batch')
    throw badRequest(`field label ${JSON.stringify(field)} not supported for Job`);
  if (selectableFields || type.custom) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

function optionErrors(options: ListOptions, verb: string): readonly FieldError[] {
  return verb === 'watch' ? watchOptionErrors(options) : plainOptionErrors(options);
}

const MATCH = 'resourceVersionMatch';
const unknownMatch = (match: string, supported: readonly string[]): FieldError => notSupported(MATCH, match, supported);

/** In the order of k8s.io/apimachinery/pkg/apis/meta/internalversion/validation. */
function plainOptionErrors(options: ListOptions): readonly FieldError[] {
  const { match, resourceVersion, continueToken, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const no = (detail: string) => errors.push(forbiddenField(MATCH, detail));
  if (match !== '') {
    if (resourceVersion === '') no('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (continueToken !== '') no('resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(unknownMatch(match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0')
      no('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchOptionErrors({ match, continueToken, sendInitialEvents }: ListOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  const no = (detail: string) => errors.push(forbiddenField(MATCH, detail));
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    no('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (match === '') return errors;
  if (sendInitialEvents === undefined)
    no('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (match !== 'NotOlderThan') errors.push(unknownMatch(match, ['NotOlderThan']));
  if (continueToken !== '') no('resourceVersionMatch is forbidden when continue is provided');
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
  return served(type, stored, machinery.session);
}

export interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: {
    /** Absent where nothing is stored. */
    readonly resourceVersion?: string;
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
    return { items, metadata: {} };
  }
  const collection = collectionOf(machinery, type);
  const prefix = prefixOf(type, place.namespace);
  const token = options.continueToken === '' ? undefined : readToken(options.continueToken);
  if (token && options.resourceVersion !== '' && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const problem = versionProblem(options.resourceVersion);
  if (problem !== undefined) throw badRequest(`invalid resource version: ${problem}`);
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
  const { session } = machinery;
  const entries = askedAbout(
    type,
    now ? collection.scan(prefix, from) : collection.scanAt(revision, prefix, from),
    session,
  );
  const items: KubeObject[] = [];
  let next: string | undefined;
  let remaining = 0;
  const selective = options.labels.length > 0 || options.fields.length > 0;
  for (const [key, object] of entries) {
    if (next !== undefined) {
      if (!selective) remaining++;
      else if (isSelected(options, served(type, object, session))) {
        remaining = 1;
        break;
      }
      continue;
    }
    const shown = served(type, object, session);
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

/** A webhook that converts is asked about all of them at once. */
function askedAbout(
  type: ResourceType,
  entries: Iterable<readonly [key: string, object: KubeObject]>,
  session: Session | undefined,
): Iterable<readonly [key: string, object: KubeObject]> {
  const conversion = session && type.custom?.conversion;
  if (!conversion) return entries;
  const all = [...entries];
  conversion.ask(
    all.map(([, object]) => served(type, object)),
    apiVersionOf(type),
    session,
  );
  return all;
}

/** What the storage layer says of a version that is no number. */
export function versionProblem(text: string): string | undefined {
  if (text === '') return undefined;
  const parse = `strconv.ParseUint: parsing ${quote(text)}`;
  const problem = /^\d+$/.test(text) ? (BigInt(text) >= 2n ** 64n ? 'value out of range' : '') : 'invalid syntax';
  if (problem === '') return undefined;
  return fieldErrorText(invalidValue('resourceVersion', text, `${parse}: ${problem}`));
}

/** Throws the storage layer's error as it is, which has no form of the API: code 500. */
export function versionOf(text: string): number {
  const problem = versionProblem(text);
  if (problem !== undefined) throw rawServerError(problem);
  return Number(text);
}

const writeToken = ({ revision, start }: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');

function readToken(text: string): Token {
  const bad = (problem: string) => badRequest(`invalid continue token: continue key is not valid: ${problem}`);
  const stray = strayByte(text);
  if (stray !== undefined) throw bad(`illegal base64 data at input byte ${stray}`);
  const bytes = Buffer.from(text, 'base64url');
  // Go complains of a byte, which need not be a character.
  const first = bytes[0] ?? 0;
  if (first > MAX_ASCII) throw bad(`invalid character '${String.fromCharCode(first)}' looking for beginning of value`);
  let value: unknown;
  try {
    value = parseGoJson(bytes.toString('utf8')).value;
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw bad(error.message);
    throw error;
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

const MAX_ASCII = 0x7f;

/** Where Go's unpadded base64 for URLs ends to be one; undefined where all of it is. */
function strayByte(text: string): number | undefined {
  const digits = /^[A-Za-z0-9_-]*/.exec(text)?.[0].length ?? 0;
  if (digits < text.length) return digits;
  return digits % 4 === 1 ? digits - 1 : undefined;
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
