import { describe, expect, it } from 'vitest';
import type { PlannedRequest } from '../../api/action-status.ts';
import {
  doubtedVersion,
  type EndpointAnswer,
  failureOf,
  type ServerRefusal,
  replyOfEndpoint,
  replyOfServer,
  type RequestError,
  resultOf,
  withConflict,
} from './refusals.ts';

const error = (change: Partial<RequestError>): RequestError => ({
  code: 'Conflict',
  message: 'it changed',
  delivered: 'no',
  status: 409,
  retryAfterMs: undefined,
  ...change,
});

describe('an error of the API server', () => {
  it.each<[string, Partial<RequestError>, string, string]>([
    ['a refusal was not carried out', {}, 'refused', '409'],
    ['a connection that was never made neither', { code: 'Refused', status: undefined }, 'refused', 'Refused'],
    [
      'of a lost answer that is not known',
      { code: 'Reset', status: undefined, delivered: 'maybe' },
      'unclear',
      'Reset',
    ],
    ['of a 5xx answer neither', { code: 'InternalError', status: 500, delivered: 'maybe' }, 'unclear', '500'],
    ['an answer that cannot be read counts as lost', { status: 200, delivered: 'yes' }, 'unclear', '200'],
  ])('%s', (_title, change, kind, result) => {
    const reply = replyOfServer(error(change));
    expect([reply.kind, resultOf(reply)]).toEqual([kind, result]);
  });

  it('keeps when the server wants to be asked again', () => {
    expect(replyOfServer(error({ status: 429, retryAfterMs: 5000 }))).toMatchObject({
      refusal: { status: 429, retryAfterMs: 5000 },
    });
  });
});

describe('the answer of an endpoint', () => {
  it.each<[EndpointAnswer, string, string]>([
    [{ kind: 'answered', status: 204 }, 'answered', '200'],
    [{ kind: 'answered', status: 400 }, 'refused', '400'],
    [{ kind: 'answered', status: 429, retryAfterMs: 1000 }, 'refused', '429'],
    // It says itself that it did not take the call.
    [{ kind: 'answered', status: 503 }, 'refused', '503'],
    [{ kind: 'answered', status: 500 }, 'unclear', '500'],
    [
      { kind: 'failed', code: 'ConnectionRefused', message: 'refused', delivered: 'no' },
      'refused',
      'ConnectionRefused',
    ],
    [{ kind: 'failed', code: 'Timeout', message: 'too late', delivered: 'maybe' }, 'unclear', 'Timeout'],
  ])('%j: %s', (answer, kind, result) => {
    const reply = replyOfEndpoint('pager', answer);
    expect([reply.kind, resultOf(reply)]).toEqual([kind, result]);
  });

  it('names the endpoint', () => {
    const failed = { kind: 'failed', code: 'ConnectionReset', message: 'reset', delivered: 'maybe' } as const;
    expect(replyOfEndpoint('pager', failed)).toMatchObject({ message: 'endpoint pager: reset' });
    expect(replyOfEndpoint('pager', { kind: 'answered', status: 502 })).toMatchObject({
      message: 'endpoint pager answered 502 after it had taken the call',
    });
  });
});

describe('a JSON patch that does not apply', () => {
  const request = (resourceVersion?: string): PlannedRequest => ({
    method: 'PATCH',
    path: '/x',
    description: 'd',
    ...(resourceVersion !== undefined && { precondition: { resourceVersion } }),
  });
  const invalid: ServerRefusal = { code: 'Invalid', message: 'path does not exist', status: 422 };

  it.each<[string, ServerRefusal, PlannedRequest, string | undefined]>([
    ['is looked into', invalid, request('7'), '7'],
    ['is invalid, where it asked for no version', invalid, request(), undefined],
    ['any other refusal is what it says', { ...invalid, code: 'Forbidden' }, request('7'), undefined],
  ])('%s', (_title, refusal, planned, version) => {
    expect(doubtedVersion(refusal, planned)).toBe(version);
  });

  it.each<[string, string | undefined, string]>([
    ['the object as it was: the patch is wrong', '7', 'Invalid'],
    ['the object has moved on', '8', 'Conflict'],
    ['the object is gone', undefined, 'Conflict'],
  ])('%s', (_title, now, code) => {
    expect(withConflict(invalid, { asked: '7', now })).toEqual({ ...invalid, code });
  });
});

describe('what was refused', () => {
  const refusal = (code: string, status?: number, retryAfterMs?: number): ServerRefusal => ({
    code,
    message: `${code}!`,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
  it.each<[string, readonly ServerRefusal[], string, 'later' | 'never']>([
    ['a conflict', [refusal('Conflict', 409)], 'Conflict', 'later'],
    ['a budget that is used up', [refusal('TooManyRequests', 429)], 'DisruptionBudget', 'later'],
    ['an endpoint that is busy', [refusal('Http429', 429)], 'Http429', 'later'],
    ['an endpoint that is down', [refusal('Http503', 503)], 'Http503', 'later'],
    ['no connection', [refusal('ConnectionRefused')], 'ConnectionRefused', 'later'],
    ['not allowed', [refusal('Forbidden', 403)], 'Forbidden', 'never'],
    ['not valid', [refusal('Invalid', 422)], 'Invalid', 'never'],
    ['not there', [refusal('NotFound', 404)], 'NotFound', 'never'],
    ['a code that is no word', [refusal('etcdserver: no leader', 409)], 'Unknown', 'never'],
    ['a code that no status could hold', [refusal('A'.repeat(200), 409)], 'Unknown', 'never'],
    ['several, one of which passes', [refusal('Forbidden', 403), refusal('Conflict', 409)], 'Conflict', 'later'],
    ['several that do not pass', [refusal('Forbidden', 403), refusal('NotFound', 404)], 'Forbidden', 'never'],
  ])('%s', (_title, refusals, reason, retry) => {
    const message = refusals.map(({ code }) => `${code}!`).join('; ');
    expect(failureOf(refusals)).toEqual({ reason, message, retry });
  });

  it('is asked again not before the refusal that passes says', () => {
    const refusals = [refusal('Forbidden', 403, 9000), refusal('TooManyRequests', 429, 5000)];
    expect(failureOf(refusals)).toMatchObject({ retry: 'later', retryAfterMs: 5000 });
  });
});
