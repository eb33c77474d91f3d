/**
 * Services that people are told through, as their documentation says they answer: what is not as documented is refused.
 * They are asked over sockets or in process.
 */
export interface ServiceCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ServiceReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Service {
  handle(call: ServiceCall): ServiceReply;
}

type Json = Readonly<Record<string, unknown>>;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isText = (value: unknown, max = 1_000_000): value is string =>
  typeof value === 'string' && value !== '' && value.length <= max;
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

/** https://docs.slack.dev/reference/methods/chat.postMessage and chat.update, which answer 200 for refusals, too. */
export class SlackService implements Service {
  readonly messages = new Map<string, { text: string; thread: string | undefined; updates: number }>();
  readonly token: string;
  #next = 1;

  constructor(token: string) {
    this.token = token;
  }

  roots(): readonly string[] {
    return [...this.messages.values()].flatMap(({ text, thread }) => (thread === undefined ? [text] : []));
  }

  handle({ path, headers, body }: ServiceCall): ServiceReply {
    const refuse = (error: string): ServiceReply => ({ status: 200, body: { ok: false, error } });
    if (headers['authorization'] !== `Bearer ${this.token}`) return refuse('invalid_auth');
    if (!String(headers['content-type']).startsWith('application/json')) return refuse('invalid_post_type');
    const message = JSON.parse(body) as Json;
    if (message['channel'] !== 'C024BE91L') return refuse('channel_not_found');
    const { text } = message;
    const blocks = listOf(message['blocks']);
    if (!isText(text, 40_000)) return refuse('no_text');
    if (blocks.length > 50 || blocks.some((block) => !isBlock(block))) return refuse('invalid_blocks');
    if (path === '/api/chat.postMessage') {
      const thread = message['thread_ts'];
      if (thread !== undefined && !this.messages.has(textOf(thread))) return refuse('thread_not_found');
      const ts = `1355517523.${String(this.#next++).padStart(6, '0')}`;
      this.messages.set(ts, { text, thread: thread === undefined ? undefined : textOf(thread), updates: 0 });
      return { status: 200, body: { ok: true, channel: 'C024BE91L', ts, message: { text } } };
    }
    if (path !== '/api/chat.update') return refuse('unknown_method');
    const known = this.messages.get(textOf(message['ts']));
    if (known === undefined) return refuse('message_not_found');
    known.text = text;
    known.updates++;
    return { status: 200, body: { ok: true, channel: 'C024BE91L', ts: message['ts'], text } };
  }
}

function isBlock({ type, text, elements }: Json): boolean {
  const isPiece = (piece: unknown): boolean => {
    const { type: kind, text: inner, emoji } = piece as Json;
    if (kind === 'mrkdwn') return isText(inner, 3000) && emoji === undefined;
    return kind === 'plain_text' && isText(inner, 3000) && typeof emoji === 'boolean';
  };
  if (type === 'section') return isPiece(text);
  return type === 'context' && listOf(elements).length > 0 && listOf(elements).every(isPiece);
}

/** https://developer.pagerduty.com/api-reference/368ae3d938c9e-send-an-event-to-pager-duty */
export class PagerDutyService implements Service {
  readonly events: Json[] = [];
  /** By dedup_key: how often each incident was triggered; those that are resolved are gone. */
  readonly open = new Map<string, number>();

  handle({ method, path, body }: ServiceCall): ServiceReply {
    const invalid = (error: string): ServiceReply => ({
      status: 400,
      body: { status: 'invalid event', errors: [error] },
    });
    if (method !== 'POST' || path !== '/v2/enqueue') return { status: 404 };
    const event = JSON.parse(body) as Json;
    if (!/^[0-9a-z]{32}$/.test(textOf(event['routing_key']))) return invalid("'routing_key' is missing or blank");
    const key = event['dedup_key'];
    if (!isText(key, 255))
      return invalid("Length of 'dedup_key' is incorrect (should be between 1 and 255 characters)");
    const action = event['event_action'];
    if (action !== 'trigger' && action !== 'resolve') return invalid("'event_action' is invalid");
    const payload = event['payload'] as Json | undefined;
    if (action === 'trigger') {
      if (!isText(payload?.['summary'], 1024)) return invalid("'payload.summary' is missing or blank");
      if (!isText(payload['source'])) return invalid("'payload.source' is missing or blank");
      if (!['critical', 'error', 'warning', 'info'].includes(textOf(payload['severity'])))
        return invalid("'payload.severity' is invalid");
      this.open.set(key, (this.open.get(key) ?? 0) + 1);
    } else this.open.delete(key);
    this.events.push(event);
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: key } };
  }
}

/** A workflow that posts a card: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
export class TeamsService implements Service {
  readonly texts: string[] = [];

  handle({ method, body }: ServiceCall): ServiceReply {
    const message = JSON.parse(body) as Json;
    const [attachment] = listOf(message['attachments']);
    const card = attachment?.['content'] as Json | undefined;
    const isCard =
      method === 'POST' &&
      message['type'] === 'message' &&
      attachment?.['contentType'] === 'application/vnd.microsoft.card.adaptive' &&
      card?.['type'] === 'AdaptiveCard' &&
      /^1\.[0-5]$/.test(textOf(card['version'])) &&
      listOf(card['body']).every(isElement);
    if (!isCard) return { status: 400, body: { error: { code: 'TriggerInputSchemaMismatch' } } };
    const runs = listOf(card['body']).flatMap(({ inlines }) => listOf(inlines));
    this.texts.push(runs.map(({ text }) => textOf(text)).join('\n'));
    return { status: 202 };
  }
}

function isElement({ type, inlines, facts }: Json): boolean {
  if (type === 'RichTextBlock')
    return (
      listOf(inlines).length > 0 && listOf(inlines).every((run) => run['type'] === 'TextRun' && isText(run['text']))
    );
  return type === 'FactSet' && listOf(facts).every(({ title, value }) => isText(title) && isText(value));
}

interface Silence {
  readonly matchers: readonly Json[];
  readonly startsAt: string;
  endsAt: string;
  readonly comment: string;
}

/** https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
export class AlertmanagerService implements Service {
  readonly silences = new Map<string, Silence>();
  readonly ended: string[] = [];
  #next = 1;

  handle({ method, path, body }: ServiceCall): ServiceReply {
    const [, id] = /^\/alerts\/api\/v2\/silence\/([\w-]+)$/.exec(path) ?? [];
    if (method === 'DELETE' && id !== undefined) {
      if (!this.silences.delete(id)) return { status: 404 };
      this.ended.push(id);
      return { status: 200 };
    }
    if (method !== 'POST' || path !== '/alerts/api/v2/silences') return { status: 404 };
    const silence = JSON.parse(body) as Silence & Json;
    const isMatcher = ({ name, value, isRegex }: Json): boolean =>
      isText(name) && typeof value === 'string' && typeof isRegex === 'boolean';
    if (listOf(silence.matchers).length === 0 || !listOf(silence.matchers).every(isMatcher))
      return { status: 400, body: 'invalid silence: at least one matcher required' };
    if (
      !(Date.parse(silence.endsAt) > Date.parse(silence.startsAt)) ||
      !isText(silence['createdBy']) ||
      !isText(silence.comment)
    )
      return { status: 400, body: 'invalid silence' };
    const given = silence['id'];
    if (given !== undefined && !this.silences.has(textOf(given))) return { status: 404, body: 'silence not found' };
    const name = given === undefined ? `silence-${this.#next++}` : textOf(given);
    this.silences.set(name, silence);
    return { status: 200, body: { silenceID: name } };
  }
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes */
export class CloudEventsService implements Service {
  readonly events: Json[] = [];

  handle({ headers, body }: ServiceCall): ServiceReply {
    if (!String(headers['content-type']).startsWith('application/cloudevents+json')) return { status: 415 };
    const event = JSON.parse(body) as Json;
    const isNamed = Object.keys(event).every((name) => /^[a-z0-9]{1,20}$/.test(name));
    const isTimed = event['time'] === undefined || !Number.isNaN(Date.parse(textOf(event['time'])));
    const isWhole = ['id', 'source', 'type'].every((name) => isText(event[name])) && event['specversion'] === '1.0';
    if (!isNamed || !isTimed || !isWhole || this.events.some(({ id }) => id === event['id'])) return { status: 400 };
    this.events.push(event);
    return { status: 202 };
  }
}
