/**
 * What a request knows of servers outside. It asks, is broken off until they have answered, and finds the answers when
 * its work is begun anew.
 */
import type { OutsideResponse, ServicePort } from './outside-call.ts';
import { Suspended } from './suspension.ts';

/** `clientConfig` of a webhook, read. */
export interface ClientConfig {
  /** Empty: `service` says where. */
  readonly url: string;
  readonly service: (ServicePort & { readonly path: string }) | undefined;
  /** PEM. */
  readonly caBundle: string;
}

/** What is asked, without what is made up for each call. */
export interface Question {
  readonly client: ClientConfig;
  /** Whole seconds. */
  readonly timeoutSeconds: number;
  /** The body for a new uid. */
  readonly body: (uid: string) => string;
  /** Two questions with the same key in one session are one question. */
  readonly key: string;
}

/** `uid`: the one that the body was made with. */
export type CallResult =
  | { readonly uid: string; readonly response: OutsideResponse }
  | { readonly uid: string; readonly problem: string };

/** The answers that one request has had. */
export class Session {
  readonly #call: (question: Question) => Promise<CallResult>;
  readonly #known = new Map<string, CallResult>();
  readonly #open = new Map<string, Promise<void>>();

  constructor(call: (question: Question) => Promise<CallResult>) {
    this.#call = call;
  }

  /** All answers, in order. Throws Suspended, with every question asked, while one is missing. */
  ask(questions: readonly Question[]): readonly CallResult[] {
    const outcomes: CallResult[] = [];
    for (const question of questions) {
      const known = this.#known.get(question.key);
      if (known) outcomes.push(known);
      else if (!this.#open.has(question.key)) this.#open.set(question.key, this.#start(question));
    }
    if (outcomes.length === questions.length) return outcomes;
    throw new Suspended(Promise.all(this.#open.values()).then(() => undefined));
  }

  async #start(question: Question): Promise<void> {
    const outcome = await this.#call(question);
    this.#known.set(question.key, outcome);
    this.#open.delete(question.key);
  }
}
