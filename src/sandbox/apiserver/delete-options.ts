/** DeleteOptions, from the body of a request or, where it has none, from its query. */
import { type Body, parseBody, textOf } from './decode.ts';
import { checkDeleteOptions, type DeleteOptions } from '../verbs/deletes.ts';
import { badRequest } from '../machinery/errors.ts';
import { JsonSyntaxError } from '../machinery/go-json.ts';
import { asNumber, asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import { bodyForm } from './negotiate.ts';
import { integerOption } from '../machinery/options.ts';
import { apiVersionOf } from '../machinery/registry.ts';
import type { Query, RequestInfo } from '../machinery/route.ts';

interface Asked {
  readonly info: RequestInfo;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Throws 400 and 422. */
export function parseDeleteOptions({ body, headers, info }: Asked): DeleteOptions {
  const text = textOf(body);
  // A body, even an empty object, stands for the query as well.
  const options = text === '' ? optionsOfQuery(info.query) : readDeleteOptions(bodyOf(text, headers));
  checkDeleteOptions(options);
  return options;
}

function bodyOf(text: string, headers: Readonly<Record<string, string>>): Draft {
  let raw: Draft = {};
  try {
    const { value } = parseBody(text, bodyForm(headers['content-type']) === 'yaml' ? 'yaml' : 'json');
    if (isObject(value)) raw = value;
    else throw noObject(value);
  } catch (error) {
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
  return readDeleteOptions({
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(query.has('orphanDependents') ? { orphanDependents: query.flag('orphanDependents') } : {}),
    ...(query.has('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy') } : {}),
    ...(dryRun.length > 0 ? { dryRun } : {}),
  });
}

/** As Go says that a body is no object when it looks for its kind. */
function noObject(value: unknown) {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const into = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
  return badRequest(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${into}`,
  );
}

const wrongType = (value: unknown, field: string, type: string) => {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return badRequest(`json: cannot unmarshal ${found} into Go struct field DeleteOptions.${field} of type ${type}`);
};

export function readDeleteOptions(raw: Draft): DeleteOptions {
  const grace = raw['gracePeriodSeconds'] ?? undefined;
  if (grace !== undefined && typeof grace !== 'number') throw wrongType(grace, 'gracePeriodSeconds', 'int64');
  const orphan = raw['orphanDependents'] ?? undefined;
  if (orphan !== undefined && typeof orphan !== 'boolean') throw wrongType(orphan, 'orphanDependents', 'bool');
  const preconditions = asObject(raw['preconditions']);
  const policy = raw['propagationPolicy'];
  const uid = asText(preconditions?.['uid']);
  const version = asText(preconditions?.['resourceVersion']);
  const seconds = asNumber(grace);
  return {
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(typeof policy === 'string' ? { propagationPolicy: policy } : {}),
    ...(typeof orphan === 'boolean' ? { orphanDependents: orphan } : {}),
    ...(uid === '' ? {} : { uid }),
    ...(version === '' ? {} : { resourceVersion: version }),
    raw: { kind: 'DeleteOptions', apiVersion: apiVersionOf({ group: 'meta.k8s.io', version: 'v1' }), ...raw },
  };
}
