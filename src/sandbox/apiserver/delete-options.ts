/** DeleteOptions, from the body of a request or, where it has none, from its query. */
import { type Body, jsonOfProtobuf, parseBody, textOf } from './decode.ts';
import { ProtobufError } from '../protobuf/decoder.ts';
import { checkDeleteOptions, type DeleteOptions } from '../verbs/deletes.ts';
import { badRequest } from '../machinery/errors.ts';
import { JsonSyntaxError } from '../machinery/go-json.ts';
import { asNumber, asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import { bodyForm } from './negotiate.ts';
import { integerOption } from '../machinery/options.ts';
import { apiVersionOf } from '../machinery/registry.ts';
import type { RequestTerms } from '../machinery/machinery.ts';
import type { Query, RequestInfo } from '../machinery/route.ts';
import { YamlError } from './yaml-body.ts';

interface Asked {
  readonly info: RequestInfo;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Throws 400 and 422. */
export function parseDeleteOptions({ body, headers, info }: Asked): DeleteOptions {
  const text = textOf(body);
  // A body, even an empty object, stands for the query as well.
  const options = text === '' ? optionsOfQuery(info.query) : readDeleteOptions(bodyOf(body, headers));
  checkDeleteOptions(options);
  return options;
}

function bodyOf(body: Body, headers: Readonly<Record<string, string>>): Draft {
  let raw: Draft = {};
  try {
    const form = bodyForm(headers['content-type']);
    const text = form === 'protobuf' ? jsonOfProtobuf(body) : textOf(body);
    const { value } = parseBody(text, form === 'yaml' ? 'yaml' : 'json');
    if (isObject(value)) raw = value;
    else if (value !== null) throw noObject(value);
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof YamlError) throw badRequest(error.message);
    if (error instanceof JsonSyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
  const kind = asText(raw['kind']);
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(asText(raw['apiVersion']))} in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
  }
  return raw;
}

function optionsOfQuery(query: Query): DeleteOptions {
  const seconds = integerOption(query, 'gracePeriodSeconds');
  const dryRun = query.all('dryRun');
  const uid = query.get('uid') ?? '';
  const resourceVersion = query.get('resourceVersion') ?? '';
  const preconditions = {
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
  };
  return readDeleteOptions({
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(query.has('orphanDependents') ? { orphanDependents: query.flag('orphanDependents') } : {}),
    ...(query.has('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy') } : {}),
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
  });
}

/** Whether a deletion is only tried is what its options say: where there is a body, the query's word does not count. */
export function deletionTerms(terms: RequestTerms, { raw }: DeleteOptions): RequestTerms {
  const dryRun = raw['dryRun'];
  return { ...terms, dryRun: Array.isArray(dryRun) && dryRun.includes('All') ? 'All' : undefined };
}

/** As Go says that a body is no object when it looks for its kind. */
function noObject(value: unknown) {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const into = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
  return badRequest(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${into}`,
  );
}

/** The fields as Go has them: what each holds, and the name of its type. */
const FIELDS: Readonly<Record<string, readonly [holds: string, type: string]>> = {
  gracePeriodSeconds: ['number', 'int64'],
  preconditions: ['object', 'v1.Preconditions'],
  orphanDependents: ['bool', 'bool'],
  propagationPolicy: ['string', 'v1.DeletionPropagation'],
  dryRun: ['array', '[]string'],
  ignoreStoreReadErrorWithClusterBreakingPotential: ['bool', 'bool'],
};

const goForm = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

/** Throws 400 for the first field, in the order of the body, that does not hold what it should. */
function checkFields(raw: Draft): void {
  for (const [field, value] of Object.entries(raw)) {
    const [holds, type] = FIELDS[field] ?? [];
    if (holds === undefined || value === null || value === undefined) continue;
    const whole = typeof value !== 'number' || Number.isInteger(value);
    if (goForm(value) === holds && whole) continue;
    const found = whole ? goForm(value) : `number ${JSON.stringify(value)}`;
    throw badRequest(`json: cannot unmarshal ${found} into Go struct field DeleteOptions.${field} of type ${type}`);
  }
}

export function readDeleteOptions(raw: Draft): DeleteOptions {
  checkFields(raw);
  const grace = raw['gracePeriodSeconds'];
  const orphan = raw['orphanDependents'];
  const preconditions = asObject(raw['preconditions']);
  const policy = raw['propagationPolicy'];
  const uid = preconditions?.['uid'];
  const version = preconditions?.['resourceVersion'];
  const seconds = asNumber(grace);
  return {
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(typeof policy === 'string' ? { propagationPolicy: policy } : {}),
    ...(typeof orphan === 'boolean' ? { orphanDependents: orphan } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof version === 'string' ? { resourceVersion: version } : {}),
    raw: { kind: 'DeleteOptions', apiVersion: apiVersionOf({ group: 'meta.k8s.io', version: 'v1' }), ...raw },
  };
}
