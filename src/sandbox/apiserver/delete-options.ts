/** DeleteOptions, from the body and the query of a request. */
import { type Body, parseBody, textOf } from './decode.ts';
import { checkDeleteOptions, type DeleteOptions } from '../verbs/deletes.ts';
import { badRequest } from '../machinery/errors.ts';
import { JsonSyntaxError } from '../machinery/go-json.ts';
import { asNumber, asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import { bodyForm } from './negotiate.ts';
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
  let raw: Draft = {};
  if (text !== '') {
    const form = bodyForm(headers['content-type']);
    try {
      const { value } = parseBody(text, form === 'yaml' ? 'yaml' : 'json');
      if (isObject(value)) raw = value;
    } catch (error) {
      if (error instanceof JsonSyntaxError)
        throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
      throw error;
    }
  }
  const kind = asText(raw['kind']);
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(asText(raw['apiVersion']))} in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`,
    );
  }
  const options = readDeleteOptions(raw, info.query);
  checkDeleteOptions(options);
  return options;
}

export function readDeleteOptions(raw: Draft, query: Query): DeleteOptions {
  const grace =
    raw['gracePeriodSeconds'] ??
    (query.has('gracePeriodSeconds') ? Number(query.get('gracePeriodSeconds')) : undefined);
  if (typeof grace === 'string')
    throw badRequest(
      'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    );
  const preconditions = asObject(raw['preconditions']);
  const policy = asText(raw['propagationPolicy']) || query.get('propagationPolicy') || undefined;
  const orphan =
    raw['orphanDependents'] ?? (query.has('orphanDependents') ? query.flag('orphanDependents') : undefined);
  const uid = asText(preconditions?.['uid']);
  const version = asText(preconditions?.['resourceVersion']);
  const seconds = asNumber(grace);
  return {
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(typeof orphan === 'boolean' ? { orphanDependents: orphan } : {}),
    ...(uid === '' ? {} : { uid }),
    ...(version === '' ? {} : { resourceVersion: version }),
    raw: { kind: 'DeleteOptions', apiVersion: apiVersionOf({ group: 'meta.k8s.io', version: 'v1' }), ...raw },
  };
}
