/** What client-go makes of an answer to a webhook's call: an object, or the error that its status code stands for. */
import { type Draft, isObject } from '../machinery/json.ts';
import { JsonSyntaxError, parseGoJson } from '../machinery/go-json.ts';
import { asText, at } from '../machinery/json.ts';
import type { OutsideResponse } from '../machinery/outside-call.ts';

/** Longer texts are cut off in messages: maxUnstructuredResponseTextBytes of client-go's rest package. */
const MAX_TEXT_BYTES = 2048;

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  409: 'the server reported a conflict',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

function statusProblem({ status, headers, body }: OutsideResponse): string {
  const type = headers['content-type'] ?? '';
  const shown = type === '' || type.startsWith('text/') ? body.slice(0, MAX_TEXT_BYTES).trim() : 'unknown';
  const told = toldStatus(body);
  if (told !== undefined) return told;
  if (status === 403 || status === 415) return shown;
  if (status === 406)
    return shown === '' || shown === 'unknown'
      ? 'the server was unable to respond with a content type that the client supports'
      : shown;
  const known = MESSAGES[status];
  if (known !== undefined) return known;
  if (status >= 500)
    return `an error on the server (${JSON.stringify(shown)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}

/** A server that answers a Status says itself what went wrong. */
function toldStatus(body: string): string | undefined {
  const read = readObject(body);
  if (!('object' in read) || read.object['kind'] !== 'Status' || read.object['apiVersion'] !== 'v1') return undefined;
  return at(read.object, 'status') === 'Success' ? undefined : asText(read.object['message']) || undefined;
}

export function readObject(body: string): { readonly object: Draft } | { readonly problem: string } {
  try {
    const { value } = parseGoJson(body);
    if (isObject(value)) return { object: value };
    const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    if (value === null) return { object: {} };
    return {
      problem: `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    };
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      return { problem: `couldn't get version/kind; json parse error: ${error.message}` };
    throw error;
  }
}

/** The object that was answered, or what is wrong with the answer. */
export function answeredObject(response: OutsideResponse): { readonly object: Draft } | { readonly problem: string } {
  if (response.status < 200 || response.status > 206) return { problem: statusProblem(response) };
  const read = readObject(response.body);
  if ('problem' in read) return read;
  const [apiVersion, kind] = [asText(read.object['apiVersion']), asText(read.object['kind'])];
  if (kind === '') return { problem: `Object 'Kind' is missing in '${response.body}'` };
  if (apiVersion === '') return { problem: `Object 'apiVersion' is missing in '${response.body}'` };
  return read;
}
