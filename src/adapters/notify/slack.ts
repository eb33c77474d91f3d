/**
 * Slack. An incoming webhook takes a text and answers nothing of use, so that each message stands alone. An app with a
 * bot token keeps one thread for an object: its first message shows the newest state, what happens is told below it.
 * https://docs.slack.dev/reference/methods/chat.postMessage, https://docs.slack.dev/reference/methods/chat.update
 */
import type { EndpointAnswer } from '../../operator/ports.ts';
import {
  cut,
  json,
  type Messenger,
  placeOf,
  type ServiceAnswer,
  type Thread,
  threadOf,
  type Told,
  toldIn,
  type Wire,
} from './told.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * As text and nothing else: `<!channel>` would call everybody, and `<http://evil|the runbook>` hide where a link goes.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const escaped = (text: string): string => text.replaceAll(/[&<>]/g, (one) => ESCAPES[one] ?? one);

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slack: Messenger = async (body, wire) => {
  const { text } = toldIn(body, wire.settings);
  return (await wire.send({ method: 'POST', ...json({ text: escaped(text) }) })).answer;
};

/** An object that fails again after this long has a new thread: the old one is far up in the channel. */
const THREAD_FOR_MS = 3_600_000;

export const slackApp: Messenger = async (body, wire) => {
  const told = toldIn(body, wire.settings);
  const key = threadOf(told);
  const known = wire.memory.get(key);
  const isOld = known !== undefined && wire.now() - known.at > THREAD_FOR_MS && (known.isOver || told.stage === 'open');
  return known === undefined || isOld ? begin(told, wire) : goOn(told, known, wire);
};

async function begin(told: Told, wire: Wire): Promise<EndpointAnswer> {
  const title = titleOf(told);
  const { answer, value } = await call('chat.postMessage', message(title, told), wire);
  const { ts } = (value ?? {}) as { readonly ts?: unknown };
  if (typeof ts === 'string')
    wire.memory.set(threadOf(told), threadNow(told, { name: ts, title, isOver: false }, wire));
  return answer;
}

/** The update comes first: done twice it changes nothing, and a reply that was sent twice would be read twice. */
async function goOn(told: Told, thread: Thread, wire: Wire): Promise<EndpointAnswer> {
  const updated = await call('chat.update', { ts: thread.name, ...message(thread.title, told) }, wire);
  if (isGone(updated)) {
    wire.memory.delete(threadOf(told));
    return begin(told, wire);
  }
  if (!taken(updated.answer)) return updated.answer;
  const { answer } = await call('chat.postMessage', { thread_ts: thread.name, ...message(titleOf(told), told) }, wire);
  if (taken(answer)) wire.memory.set(threadOf(told), threadNow(told, thread, wire));
  return answer;
}

/** The end of an action is told after that of the episode, and opens nothing. */
const threadNow = ({ stage }: Told, thread: Omit<Thread, 'at'>, wire: Wire): Thread => ({
  ...thread,
  at: wire.now(),
  isOver: stage === 'over' || (stage === 'goesOn' && thread.isOver),
});

const titleOf = ({ object, reason }: Told): string => (object === undefined ? reason : placeOf(object));

const WELL = ':white_check_mark:';
const MARKS: Readonly<Record<string, string>> = { over: WELL, open: ':rotating_light:', HealingSucceeded: WELL };
/** Slack refuses a section above this. https://docs.slack.dev/reference/block-kit/blocks/section-block */
const MAX_SECTION = 3000;

/** `text` is what a notification on a phone shows; the blocks are what the channel shows. */
function message(title: string, { text, stage, needs, policy, reason, at }: Told): object {
  const mark = needs === 'people' ? ':bell:' : (MARKS[reason] ?? MARKS[stage ?? ''] ?? ':hourglass_flowing_sand:');
  const below = [
    reason,
    ...(policy === undefined ? [] : [`policy ${placeOf(policy)}`]),
    ...(at === undefined ? [] : [at]),
  ];
  return {
    text: escaped(cut(`${title}: ${text}`, MAX_SECTION)),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `${mark} *${escaped(title)}*` } },
      { type: 'section', text: { type: 'plain_text', emoji: false, text: cut(text, MAX_SECTION) } },
      { type: 'context', elements: [{ type: 'plain_text', emoji: false, text: below.join('  ') }] },
    ],
  };
}

const call = async (method: string, body: object, wire: Wire): Promise<ServiceAnswer> => {
  const { settings } = wire;
  return read(await wire.send({ method: 'POST', path: `/${method}`, ...json({ channel: settings.channel, ...body }) }));
};

/** Errors that pass by themselves. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const PASSING: ReadonlySet<string> = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
]);
const GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'thread_not_found',
  'cant_update_message',
  'edit_window_closed',
]);

/** Slack answers 200 for what it refuses, too. */
function read(given: ServiceAnswer): ServiceAnswer {
  const { answer, value } = given;
  if (answer.kind !== 'answered' || answer.status >= 300) return given;
  const { ok, error } = (value ?? {}) as { readonly ok?: unknown; readonly error?: unknown };
  if (ok === true) return given;
  const why = typeof error === 'string' && /^\w{1,64}$/.test(error) ? error : 'an answer that is none of Slack';
  if (PASSING.has(why)) return { ...given, answer: { kind: 'answered', status: 503 } };
  return { ...given, answer: { kind: 'answered', status: 400 }, value: { error: why } };
}

const isGone = ({ value }: ServiceAnswer): boolean =>
  GONE.has(String((value as { readonly error?: unknown } | undefined)?.error));
const taken = (answer: EndpointAnswer): boolean => answer.kind === 'answered' && answer.status < 300;
