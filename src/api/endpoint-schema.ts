/**
 * Endpoints that actions may call and channels that people are told through, as the operator's configuration names
 * them.
 */
import * as z from 'zod';
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
    context.addIssue({ code: 'custom', path: ['url'], message: 'needs exactly one of url and urlFile' });
  const ms = milliseconds(timeout);
  if (ms < 1000 || ms > MAX_TIMEOUT_MS)
    context.addIssue({ code: 'custom', path: ['timeout'], message: 'must be from 1s to 30s' });
}

const endpointSchema = z
  .strictObject({ name: field(endpointName, 'What `webhookAction.name` of a policy names.'), ...commonFields() })
  .superRefine(refuseUnusable);

/** The services that a channel speaks to, each by its documented protocol. */
export const channelTypes = [
  'webhook',
  'cloudevents',
  'slack',
  'slackApp',
  'teams',
  'pagerduty',
  'alertmanager',
] as const;
export type ChannelType = (typeof channelTypes)[number];

/** Of a template of a channel's text. */
export const PLACEHOLDERS = ['reason', 'object', 'namespace', 'policy', 'text'] as const;
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

const channelSchema = z
  .strictObject({
    name: field(endpointName, 'What `notifyAction.channel` of a policy names.'),
    type: field(
      z.enum(channelTypes),
      'The service: docs/how-to/notifications.md. `webhook` gets the whole call as JSON, `slack` (an incoming webhook) its text alone.',
    ).default('webhook'),
    channel: field(z.string().min(1).max(80), "Of `slackApp`: the id of Slack's channel, `C024BE91L`.").exactOptional(),
    routingKeyFile: field(path, 'Of `pagerduty`: the file with the integration key of the service.').exactOptional(),
    silenceFor: duration(
      'Of `alertmanager`: how long alerts of a target are silent at most while it is healed; the end of the healing ends it.',
    ).exactOptional(),
    template: field(
      z
        .string()
        .min(1)
        .max(4096)
        .refine(
          (text) =>
            [...text.matchAll(PLACEHOLDER)].every(([, name]) => (PLACEHOLDERS as readonly unknown[]).includes(name)),
          `knows ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')}`,
        ),
      `The text, with ${PLACEHOLDERS.map((name) => `\`{{${name}}}\``).join(', ')} in it. Omitted: the text as it is.`,
    ).exactOptional(),
    ...commonFields(),
  })
  .superRefine((channel, context) => {
    refuseUnusable(channel, context);
    refuseMisplaced(channel, context);
  });

/** What belongs to one service: it must be there for that one, and may not be for another. */
const BELONGS: Readonly<Record<'channel' | 'routingKeyFile' | 'silenceFor', ChannelType>> = {
  channel: 'slackApp',
  routingKeyFile: 'pagerduty',
  silenceFor: 'alertmanager',
};

function refuseMisplaced(
  channel: Readonly<Partial<Record<keyof typeof BELONGS | 'bearerTokenFile', string>>> & { readonly type: ChannelType },
  context: z.RefinementCtx,
): void {
  const refuse = (field: string, message: string): void => context.addIssue({ code: 'custom', path: [field], message });
  for (const [key, type] of Object.entries(BELONGS) as [keyof typeof BELONGS, ChannelType][]) {
    if (channel.type !== type && channel[key] !== undefined) refuse(key, `is for channels of type ${type} alone`);
    if (channel.type === type && channel[key] === undefined && key !== 'silenceFor')
      refuse(key, `is required for type ${type}`);
  }
  if (channel.type === 'slackApp' && channel.bearerTokenFile === undefined)
    refuse('bearerTokenFile', 'is required for type slackApp: the bot token');
}

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
  'CapacityAway',
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

/**
 * - `people`: of what needs a person.
 * - `ends`: of the end of that, too.
 * - `episodes`: of that, and of all else that happens in an episode.
 * - `healing`: of the beginning and the end of actions alone. No person is told through it.
 */
export type Interest = 'people' | 'ends' | 'episodes' | 'healing';

export const interestOf = (type: ChannelType): Interest => {
  if (type === 'slackApp') return 'episodes';
  if (type === 'alertmanager') return 'healing';
  return type === 'pagerduty' ? 'ends' : 'people';
};

export interface EndpointSettings extends Omit<EndpointFile, 'timeout'> {
  readonly type: ChannelType;
  readonly timeoutMs: number;
  readonly channel?: string;
  readonly routingKeyFile?: string;
  readonly silenceForMs?: number;
  readonly template?: string;
}

export const compileEndpoints = (files: readonly (EndpointFile | ChannelFile)[]): readonly EndpointSettings[] =>
  files.map(({ timeout, ...file }) => {
    const { silenceFor, ...rest } = { silenceFor: undefined, ...file };
    const silence = silenceFor === undefined ? {} : { silenceForMs: milliseconds(silenceFor) };
    return { type: 'webhook' as const, ...rest, ...silence, timeoutMs: milliseconds(timeout) };
  });

/** The text that a template makes. */
export const filledTemplate = (
  template: string,
  values: Readonly<Record<(typeof PLACEHOLDERS)[number], string>>,
): string => {
  const known: Readonly<Record<string, string>> = values;
  return template.replaceAll(PLACEHOLDER, (_, name: string) => known[name] ?? '');
};
