/** What a channel is to tell, from the body of a call: news of the operator, or an action of type `notify`. */
import { type ChannelType, type EndpointSettings, filledTemplate } from '../../api/endpoint-schema.ts';
import { API_VERSION, HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import type { EndpointAnswer } from '../../operator/ports.ts';
import { given } from '../../std/given.ts';
import { printable } from '../../std/printable.ts';
import { wellFormedText } from '../../std/well-formed.ts';

export interface Named {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface Told {
  readonly id: string;
  /** Of the news: `HealingStarted`. Of an action: `notify`. */
  readonly reason: string;
  /** Where it stands in the episode of its object; absent: it is part of none. */
  readonly stage?: 'open' | 'goesOn' | 'over';
  /** Whether a person has to do something. */
  readonly needs: 'people' | 'nobody';
  /** RFC 3339. */
  readonly at?: string;
  readonly text: string;
  readonly object?: Named;
  readonly policy?: Named;
  readonly action?: Named;
}

interface CallBody {
  readonly id?: string;
  readonly reason?: string;
  readonly stage?: NonNullable<Told['stage']>;
  readonly needs?: Told['needs'];
  readonly at?: string;
  readonly text?: string;
  readonly about?: readonly (Named & { readonly apiVersion?: string })[];
  readonly target?: Named;
  readonly policy?: Omit<Named, 'kind'>;
  readonly action?: Omit<Named, 'kind'>;
}

/** `body` is the operator's own JSON. */
export function toldIn(body: string, settings: Pick<EndpointSettings, 'template'>): Told {
  const { about = [], ...call } = JSON.parse(body) as CallBody;
  const ours = (kind: string): Named | undefined =>
    about.find((one) => one.apiVersion === API_VERSION && one.kind === kind);
  const object = call.target ?? about.find(({ apiVersion }) => apiVersion !== API_VERSION);
  const policy = call.policy === undefined ? ours(HEALING_POLICY.kind) : { kind: HEALING_POLICY.kind, ...call.policy };
  const action = call.action === undefined ? ours(HEALING_ACTION.kind) : { kind: HEALING_ACTION.kind, ...call.action };
  const reason = call.reason ?? 'notify';
  const text = printable(call.text ?? body);
  const told = {
    id: call.id ?? '',
    reason,
    needs: call.reason === undefined ? 'people' : (call.needs ?? 'nobody'),
  } as const;
  const values = {
    reason,
    text,
    object: object === undefined ? '' : `${object.kind}/${object.name}`,
    namespace: object?.namespace ?? policy?.namespace ?? '',
    policy: policy?.name ?? '',
  };
  return {
    ...told,
    text: settings.template === undefined ? text : filledTemplate(settings.template, values),
    ...given({ stage: call.stage, at: call.at, object, policy, action }),
  };
}

/** The same for everything that is told of one object: a thread, an incident, a silence. */
export const threadOf = ({ object, policy, id }: Told): string =>
  object === undefined ? (policy === undefined ? id : placeOf(policy)) : placeOf(object);

export const placeOf = ({ kind, namespace, name }: Named): string =>
  namespace === undefined ? `${kind}/${name}` : `${kind} ${namespace}/${name}`;

export interface ServiceRequest {
  readonly method: 'POST' | 'DELETE';
  /** Added to the URL of the configuration. */
  readonly path?: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface ServiceAnswer {
  readonly answer: EndpointAnswer;
  /** Of a JSON body, up to 64 KiB; undefined for every other. */
  readonly value?: unknown;
}

/** What a service is spoken to by. */
export interface Wire {
  readonly settings: EndpointSettings;
  /** What the file of `routingKeyFile` holds. */
  readonly routingKey: string | undefined;
  send(request: ServiceRequest): Promise<ServiceAnswer>;
  /** By thread: what the service called it. Kept for this process alone. */
  readonly memory: Memory;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Speaks to one service. The answer says whether it took the message. */
export type Messenger = (body: string, wire: Wire) => Promise<EndpointAnswer>;
export type Messengers = Readonly<Record<ChannelType, Messenger>>;

export interface Thread {
  readonly name: string;
  /** What is told first, and shown at the top. */
  readonly title: string;
  /** When something was last told in it. */
  readonly at: number;
  readonly isOver: boolean;
}

/** A thread is some hundred bytes. Where more objects fail at once it is an outage, and no person reads them all. */
const MAX_THREADS = 1000;

export class Memory {
  readonly #threads = new Map<string, Thread>();

  get(thread: string): Thread | undefined {
    return this.#threads.get(thread);
  }

  set(thread: string, value: Thread): void {
    this.#threads.delete(thread);
    this.#threads.set(thread, value);
    const [oldest] = this.#threads.keys();
    if (this.#threads.size > MAX_THREADS && oldest !== undefined) this.#threads.delete(oldest);
  }

  delete(thread: string): void {
    this.#threads.delete(thread);
  }
}

/** A cut may leave half of a character, which is no Unicode. */
export const cut = (text: string, most: number): string => wellFormedText(text.slice(0, most));

export const json = (body: unknown): Pick<ServiceRequest, 'body' | 'contentType'> => ({
  body: JSON.stringify(body),
  contentType: 'application/json',
});

/** The body as it is, to the letter; with another text where the channel has a template. */
export const filledBody = (body: string, settings: Pick<EndpointSettings, 'template'>): string =>
  settings.template === undefined
    ? body
    : JSON.stringify({ ...(JSON.parse(body) as object), text: toldIn(body, settings).text });
