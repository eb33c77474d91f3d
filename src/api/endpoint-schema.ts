/**
 * Endpoints that actions may call and channels that people are told through, as the operator's configuration names
 * them.
 */
import { z } from 'zod';
import { milliseconds } from './compile-trigger.ts';
import { duration, field } from './fields.ts';

/** `notify` without a channel tells all of them in one stage, which has at most 16 requests. */
const MAX_ENDPOINTS = 16;
/** A call holds a worker of the operator, which is not to wait for more than a minute. */
const MAX_TIMEOUT_MS = 30_000;

const endpointName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const path = z.string().min(1).max(4096);

const url = z
  .string()
  .max(2048)
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, username, password, hash } = new URL(text);
    return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
  }, 'must be an http or https URL without credentials and fragment');

const commonFields = () => ({
  url: field(url, 'Where it is called. One that is itself a secret belongs into `urlFile`.').exactOptional(),
  urlFile: field(path, 'File with the URL, instead of `url`.').exactOptional(),
  signingKeyFile: field(
    path,
    'File with the key of the signature: header `X-KubeSkippy-Signature: v2=` and the hex HMAC-SHA256 of `X-KubeSkippy-Timestamp`, `X-KubeSkippy-Endpoint`, `Idempotency-Key` and the body, joined by dots.',
  ).exactOptional(),
  bearerTokenFile: field(path, 'File with a bearer token.').exactOptional(),
  timeout: duration('For one call; at most `30s`.').default('10s'),
  namespaces: field(
    z.array(z.string().min(1).max(63)).max(64),
    'Policies, and actions made by hand, of these namespaces may use it: names, or patterns with `*` and `?`. Omitted: of all.',
  ).exactOptional(),
  tls: field(
    z
      .strictObject({
        caFile: field(path, "Certificates (PEM) that are trusted instead of the system's.").exactOptional(),
        certFile: field(path, "The client's certificate (PEM) for mutual TLS.").exactOptional(),
        keyFile: field(path, "The client's key (PEM).").exactOptional(),
        serverName: field(
          z.string().min(1).max(253),
          "The name in the server's certificate when it is not the URL's.",
        ).exactOptional(),
      })
      .refine(
        ({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined),
        'needs certFile and keyFile together',
      ),
    'Of the connection.',
  ).exactOptional(),
});

interface Checked {
  readonly url?: string;
  readonly urlFile?: string;
  readonly timeout: string;
}

function refuseUnusable({ url: given, urlFile, timeout }: Checked, context: z.RefinementCtx): void {
  if ((given === undefined) === (urlFile === undefined))
    context.addIssue({ code: 'custom', path: ['url'], message: 'needs one of url and urlFile' });
  const ms = milliseconds(timeout);
  if (ms < 1000 || ms > MAX_TIMEOUT_MS)
    context.addIssue({ code: 'custom', path: ['timeout'], message: 'must be from 1s to 30s' });
}

const endpointSchema = z
  .strictObject({ name: field(endpointName, 'What `webhookAction.name` of a policy names.'), ...commonFields() })
  .superRefine(refuseUnusable);

const channelSchema = z
  .strictObject({
    name: field(endpointName, 'What `notifyAction.channel` of a policy names.'),
    type: field(z.enum(['webhook', 'slack']), '`webhook`: the whole call as JSON; `slack`: its text alone.').default(
      'webhook',
    ),
    ...commonFields(),
  })
  .superRefine(refuseUnusable);

export const endpointsField = field(
  z.array(endpointSchema).max(MAX_ENDPOINTS),
  'What actions of type `webhook` may call. Files are read for every call; secrets rotate without a restart.',
);
export const channelsField = field(z.array(channelSchema).max(MAX_ENDPOINTS), 'Through whom people are told.');

/**
 * Events that need a person: healing has come to its end, a change could not be taken back, an action waits for
 * approval.
 */
export const notificationReasons = [
  'EpisodeExhausted',
  'UndoFailed',
  'ApprovalRequired',
  'StatusTampered',
  'StatusRefused',
  'CommonCauseFound',
] as const;

export const notificationsField = field(
  z.strictObject({
    channels: field(
      z.array(endpointName).max(MAX_ENDPOINTS),
      'Names of `channels`. Omitted: all of them; empty: nobody is told.',
    ).exactOptional(),
    reasons: field(z.array(z.enum(notificationReasons)).max(notificationReasons.length), 'What is told of.').default([
      ...notificationReasons,
    ]),
  }),
  'What the operator itself tells people, beside its Events. Nobody is told of dry runs.',
);

/** Where `notifications.channels` names a channel that there is not. */
export function unknownChannel({
  notifications,
  channels,
}: {
  readonly notifications: { readonly channels?: readonly string[] };
  readonly channels: readonly { readonly name: string }[];
}): readonly ['notifications', 'channels', number] | undefined {
  const index = (notifications.channels ?? []).findIndex((wanted) => channels.every(({ name }) => name !== wanted));
  return index < 0 ? undefined : ['notifications', 'channels', index];
}

/** Where a name stands that another endpoint or channel has already: calls are addressed by name alone. */
export function takenName(lists: {
  readonly endpoints: readonly { readonly name: string }[];
  readonly channels: readonly { readonly name: string }[];
}): readonly ['endpoints' | 'channels', number, 'name'] | undefined {
  const taken = new Set<string>();
  for (const list of ['endpoints', 'channels'] as const) {
    for (const [index, { name }] of lists[list].entries()) {
      if (taken.has(name)) return [list, index, 'name'];
      taken.add(name);
    }
  }
  return undefined;
}

type EndpointFile = z.output<typeof endpointSchema>;
type ChannelFile = z.output<typeof channelSchema>;

export interface EndpointSettings extends Omit<EndpointFile, 'timeout'> {
  readonly type: ChannelFile['type'];
  readonly timeoutMs: number;
}

export const compileEndpoints = (files: readonly (EndpointFile | ChannelFile)[]): readonly EndpointSettings[] =>
  files.map(({ timeout, ...rest }) => ({ type: 'webhook' as const, ...rest, timeoutMs: milliseconds(timeout) }));
