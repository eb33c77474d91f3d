import type { TransportErrorCode } from '../../shapes/transport.ts';
import type { Meanings } from './reason.ts';

/** The server got the request and says no. https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#StatusReason */
const REFUSALS = {
  BadRequest: {
    means: 'The server could not read the request.',
    todo: 'Report it with the message: the plan is wrong.',
  },
  Unauthorized: {
    means: 'The server does not know who asks.',
    todo: 'Look at the credentials of the operator: its service account token, or its kubeconfig.',
  },
  Forbidden: {
    means: 'The operator lacks a permission, or an admission policy or a quota forbids the change.',
    todo: 'Read the message. Give the permission (`kubeskippy install` does for all action types), or change the rule.',
  },
  NotFound: {
    means: 'The object, or something that the request names, is gone.',
    todo: 'Nothing, when that was intended.',
  },
  MethodNotAllowed: { means: 'The kind does not take this kind of request.', todo: 'Take another action type.' },
  NotAcceptable: {
    means: 'The server cannot answer in JSON.',
    todo: 'Look at what stands between operator and server.',
  },
  AlreadyExists: { means: 'An object of that name is there already.', todo: 'Find out who made it.' },
  Conflict: {
    means: 'Somebody else changed the object between reading and writing, in every attempt.',
    todo: 'Find out who writes the object so often. The action did not overwrite their change.',
  },
  Gone: { means: 'The server has forgotten the version that was asked for.', todo: 'Nothing: it is read again.' },
  Expired: { means: 'The server has forgotten the version that was asked for.', todo: 'Nothing: it is read again.' },
  RequestEntityTooLarge: { means: 'The object would become too large.', todo: 'Make the object or the patch smaller.' },
  UnsupportedMediaType: {
    means: 'The kind does not take a patch of this type. Custom resources take no strategic patches.',
    todo: 'Use `merge` or `json` as the type of the patch.',
  },
  Invalid: {
    means: 'The object would not be valid after the change.',
    todo: 'Correct the action as the message says.',
  },
  TooManyRequests: {
    means: 'The server is overloaded. (An eviction that a budget refuses ends as `DisruptionBudget`.)',
    todo: 'Wait. If it stays, look at the load of the API server.',
  },
  InternalError: { means: 'Something in the server or in a webhook failed.', todo: 'Read the log of the API server.' },
  BadGateway: { means: 'A proxy before the server got no usable answer.', todo: 'Look at the proxy.' },
  ServiceUnavailable: { means: 'The server cannot answer now.', todo: 'Look whether the API server runs.' },
  HttpNNN: {
    means: 'An endpoint or a proxy answered with this HTTP status and no other reason: `Http404`, `Http429`, …',
    todo: 'Look in the log of the system that answered.',
  },
} as const satisfies Meanings;

/** No answer came. */
const CONNECTIONS = {
  ConnectionRefused: {
    means: 'Nothing listens at the address.',
    todo: 'Look whether the server runs, and the address.',
  },
  ConnectionReset: { means: 'The connection broke off.', todo: 'Look at the network and at the log of the server.' },
  ConnectTimeout: { means: 'No connection could be made in time.', todo: 'Look at network policies and firewalls.' },
  HostNotFound: { means: 'The host name is not known.', todo: 'Correct the address, or look at DNS.' },
  CertificateInvalid: {
    means: 'The certificate of the server is not trusted.',
    todo: 'Configure the CA of the server, or correct the name in its certificate.',
  },
  CredentialsUnreadable: {
    means: 'A file with credentials cannot be read.',
    todo: 'Look whether the file is mounted and readable.',
  },
  Timeout: { means: 'No answer came in time.', todo: 'Look at the load of the server and at the network.' },
  Aborted: { means: 'The operator stopped, or gave up waiting, before the answer came.', todo: 'Nothing.' },
  BodyTruncated: { means: 'The answer broke off in the middle.', todo: 'Look at the network and at proxies.' },
  BodyTooLarge: { means: 'The answer is larger than the operator reads.', todo: 'Look at what the server answers.' },
  TransportFailed: { means: 'The exchange failed in another way.', todo: 'Read the message.' },
  NotReadable: {
    means: 'A file of the endpoint (URL, token, key, certificate) is missing, empty or cannot be used.',
    todo: 'Look at the Secret that is mounted for it.',
  },
  UnknownEndpoint: {
    means: 'The configuration has lost the endpoint since the plan was made.',
    todo: 'Add it to `endpoints` or `channels`.',
  },
} as const satisfies Meanings & Readonly<Record<TransportErrorCode, unknown>>;

export const SERVER_CODES = { ...REFUSALS, ...CONNECTIONS } as const satisfies Meanings;

/** Why a server or an endpoint did not do what was asked. */
export type ServerCode = Exclude<keyof typeof SERVER_CODES, 'HttpNNN'> | `Http${number}`;
