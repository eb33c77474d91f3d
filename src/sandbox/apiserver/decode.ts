/** From a request's body to an object of the type that the path names. */
import { decodeObject as fromProtobuf, isProtobuf, ProtobufError } from '../protobuf/decoder.ts';
import { badRequest, invalid } from '../machinery/errors.ts';
import { invalidValue } from '../machinery/field-errors.ts';
import { JsonSyntaxError, type ParsedJson, parseGoJson } from '../machinery/go-json.ts';
import { asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import type { RequestTerms } from '../machinery/machinery.ts';
import { splitApiVersion } from '../machinery/metadata.ts';
import { bodyForm } from './negotiate.ts';
import { isRetired } from './retired-versions.ts';
import { apiVersionOf, type Registry, type ResourceType } from '../machinery/registry.ts';
import { parseYamlBody, YamlError } from './yaml-body.ts';

export type Body = string | Uint8Array | undefined;

const UTF_8 = new TextDecoder();

export const textOf = (body: Body): string =>
  body === undefined ? '' : typeof body === 'string' ? body : UTF_8.decode(body);

/** kube-apiserver's limit for a request's body. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;
export const isTooLarge = (body: Body): boolean => body !== undefined && Buffer.byteLength(body) > MAX_BODY_BYTES;

const EXCERPT_BYTES = 30;

/** The start of a body, as error messages show it: an object as it is, anything else in hexadecimal digits. */
export function excerpt(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, EXCERPT_BYTES);
  return `${start.toString(text.startsWith('{') ? 'utf8' : 'hex')}${bytes.length > EXCERPT_BYTES ? ' ...' : ''}`;
}

const unrecognized = (kind: string, problem: string, text: string) =>
  badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${excerpt(text)})`);

/** Throws JsonSyntaxError with Go's words, for YAML its YamlError. */
export const parseBody = (text: string, form: 'json' | 'yaml'): ParsedJson =>
  form === 'json' ? parseGoJson(text) : parseYamlBody(text);

export interface DecodeRequest {
  readonly type: ResourceType;
  readonly body: Body;
  readonly contentType: string | undefined;
  /** The kind expected where it is not the type's own (Scale, Eviction, Binding …). */
  readonly expected?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Hears of fields of a version that is none. May throw. */
  readonly strayFields?: (names: readonly string[]) => void;
}

const META = new Set(['apiVersion', 'kind', 'metadata']);

/** Throws 400 and 415. */
export function decodeObject(
  registry: Registry,
  request: DecodeRequest,
): { readonly object: Draft; readonly duplicates: readonly string[] } {
  const expected = request.expected ?? request.type;
  const form = bodyForm(request.contentType);
  let text = textOf(request.body);
  let parsed: ParsedJson;
  try {
    // From here on what came in protobuf is JSON: the kinds' checks and defaults read one form.
    if (form === 'protobuf') text = jsonOfProtobuf(request.body);
    parsed = parseBody(text, form === 'yaml' ? 'yaml' : 'json');
  } catch (error) {
    if (error instanceof ProtobufError) throw unrecognized(expected.kind, error.message, text);
    if (!(error instanceof JsonSyntaxError)) throw error;
    const before = error instanceof YamlError ? '' : "couldn't get version/kind; json parse error: ";
    throw unrecognized(expected.kind, `${before}${error.message}`, text);
  }
  const { value, duplicates, overflow } = parsed;
  if (!isObject(value)) {
    if (value !== null) {
      throw unrecognized(
        expected.kind,
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
        text,
      );
    }
  }
  const object = isObject(value) ? value : {};
  for (const field of ['apiVersion', 'kind']) {
    const given = object[field];
    if (given === undefined || given === null || typeof given === 'string') continue;
    const problem = `json: cannot unmarshal ${goTypeOf(given)} into Go struct field .${field} of type string`;
    throw unrecognized(expected.kind, `couldn't get version/kind; json parse error: ${problem}`, text);
  }
  if (overflow !== undefined)
    throw badRequest(
      `${asText(object['kind'])} in version ${JSON.stringify(splitApiVersion(asText(object['apiVersion']))[1] ?? '')} cannot be handled as a ${expected.kind}: json: cannot unmarshal number ${overflow} into Go value of type float64`,
    );
  checkKind(registry, object, { ...request, expected, text });
  object['apiVersion'] = apiVersionOf(expected);
  object['kind'] = expected.kind;
  return { object, duplicates };
}

const goTypeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

/** Throws ProtobufError. */
export function jsonOfProtobuf(body: Body): string {
  const bytes = typeof body === 'string' || body === undefined ? Buffer.from(body ?? '') : body;
  if (!isProtobuf(bytes))
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  return JSON.stringify(fromProtobuf(bytes));
}

const ofYaml = (problem: string): boolean => problem.startsWith('line ');

/** YAML complains of what a body has twice on its own; the rest is as the decoder met it. */
export const strictProblems = (duplicates: readonly string[], met: readonly string[]): readonly string[] => [
  ...duplicates.filter(ofYaml),
  ...met,
];

/** Strict refuses, Warn warns, Ignore is silent. */
export function reportUnknown(
  terms: RequestTerms,
  problems: readonly string[],
  type: { readonly version: string; readonly kind: string },
): void {
  if (problems.length === 0 || terms.validation === 'Ignore') return;
  if (terms.validation === 'Warn') {
    terms.warnings.push(...problems);
    return;
  }
  const lines = problems.filter(ofYaml);
  const told = [
    ...(lines.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${lines.join('\n  ')}`]),
    ...problems.filter((problem) => !ofYaml(problem)),
  ];
  throw badRequest(
    `${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: strict decoding error: ${told.join(', ')}`,
  );
}

function checkKind(
  registry: Registry,
  object: Draft,
  {
    expected,
    text,
    type,
    strayFields,
  }: Pick<DecodeRequest, 'type' | 'strayFields'> & {
    readonly expected: { readonly group: string; readonly version: string; readonly kind: string };
    readonly text: string;
  },
): void {
  const apiVersion = asText(object['apiVersion']);
  const kind = asText(object['kind']);
  const wanted = apiVersionOf(expected);
  if (type.custom && expected === type) {
    if (kind === '') throw unrecognized(expected.kind, `Object 'Kind' is missing in '${text}'`, text);
  }
  const gv = splitApiVersion(apiVersion);
  if (gv.length === 0) throw unrecognized(expected.kind, `unexpected GroupVersion string: ${apiVersion}`, text);
  const [group, version] = apiVersion === '' ? [expected.group, expected.version] : gv;
  const seenKind = kind === '' ? expected.kind : kind;
  if (type.custom && expected === type) {
    if (apiVersion !== wanted) {
      // Of a version that the definition does not have, no field is known.
      const unknown = registry.find({ group, version: gv[1] ?? '', resource: type.resource }) === undefined;
      if (group === type.group && kind === type.kind && unknown)
        strayFields?.(
          Object.keys(object)
            .filter((name) => !META.has(name))
            .sort(),
        );
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`,
      );
    }
    if (kind !== type.kind)
      throw invalid({ group: type.group, kind }, asText(asObject(object['metadata'])?.['name']), [
        invalidValue('kind', kind, `must be ${type.kind}`),
      ]);
    return;
  }
  if (group === expected.group && version === expected.version && seenKind === expected.kind) return;
  const versionText = apiVersion === '' ? wanted : apiVersion;
  const known =
    registry.findKind(group, version, seenKind) !== undefined ||
    (registry.hasGroup(group) && /List$|^List$/.test(seenKind) && group === expected.group);
  if (seenKind === expected.kind && !known && versionText !== wanted && isRetired(group, version, seenKind)) {
    throw badRequest(
      `the API version in the data (${versionText}) does not match the expected API version (${wanted})`,
    );
  }
  const problem = known
    ? `converting (${goPackage(group, version)}.${seenKind}) to (${goPackage(expected.group, '')}.${expected.kind}): unknown conversion`
    : `no kind ${JSON.stringify(seenKind)} is registered for version ${JSON.stringify(versionText)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  throw badRequest(
    `${seenKind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${problem}`,
  );
}

function goPackage(group: string, version: string): string {
  if (version !== '') return version;
  return group === '' ? 'core' : (group.split('.')[0] as string);
}
