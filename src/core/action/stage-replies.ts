/**
 * The requests of one stage are sent one after another. This says what has come of them so far, and whether to go on.
 */
import type { PlannedRequest } from '../../api/action-status.ts';
import type { ActionKind } from '../actions/action-kind.ts';
import type { RefusedRequest } from './carried-out.ts';
import { HELD_BACK, type Reply, type ServerRefusal } from './refusals.ts';

export type Sent =
  /** A line for each request: its status, or why it was left out. `refused`: those whose refusal was tolerated. */
  | { readonly kind: 'done'; readonly answers: readonly string[]; readonly refused: readonly RefusedRequest[] }
  /** This process may not act any more. The next process that may finds the claim. */
  | { readonly kind: 'stopped' }
  /**
   * Whether it was carried out is not known: the live object has to be asked (I3). An endpoint cannot be asked: its
   * message is all that there will be.
   */
  | { readonly kind: 'unclear'; readonly message: string }
  /** Nothing came of the refused requests. Those at the places `done` were carried out. */
  | { readonly kind: 'refused'; readonly done: readonly number[]; readonly failures: readonly ServerRefusal[] };

export interface StageReplies {
  readonly answers: readonly string[];
  /** Places of the requests that were carried out. */
  readonly done: readonly number[];
  /** Requests whose refusal the kind of action tolerates. */
  readonly refused: readonly RefusedRequest[];
  readonly failures: readonly ServerRefusal[];
  /** The first that is not clear. */
  readonly unclear?: Extract<Sent, { readonly kind: 'unclear' }>;
}

export const NOTHING_SENT: StageReplies = { answers: [], done: [], refused: [], failures: [] };

/** What the kind of action says of its requests. */
export type SendRules = Pick<ActionKind, 'tolerates' | 'sends'>;

export function withReply(
  replies: StageReplies,
  { place, request, reply }: { readonly place: number; readonly request: PlannedRequest; readonly reply: Reply },
  rules: SendRules,
): StageReplies {
  switch (reply.kind) {
    case 'answered':
      return withAnswer(replies, { place, answer: `${reply.status}: ${request.description}` });
    case 'unclear':
      return { ...replies, unclear: replies.unclear ?? { kind: 'unclear', message: reply.message } };
    case 'refused': {
      const { code, message } = reply.refusal;
      if (!(rules.tolerates?.(request) ?? []).includes(code))
        return { ...replies, failures: [...replies.failures, reply.refusal] };
      const answers = [...replies.answers, `${code}: ${message}`];
      return { ...replies, refused: [...replies.refused, { request, message }], answers };
    }
  }
}

/** Also for a request that a dry run leaves out. */
export const withAnswer = (
  replies: StageReplies,
  { place, answer }: { readonly place: number; readonly answer: string },
): StageReplies => ({ ...replies, done: [...replies.done, place], answers: [...replies.answers, answer] });

/** Whether the next request of the stage is sent. */
export const goesOn = ({ unclear, failures }: StageReplies, { sends = 'in order' }: SendRules): boolean =>
  sends === 'each by itself' || (unclear === undefined && failures.length === 0);

export function sentOf({ unclear, failures, done, answers, refused }: StageReplies): Sent {
  if (unclear !== undefined) return unclear;
  return failures.length > 0 ? { kind: 'refused', done, failures } : { kind: 'done', answers, refused };
}

/** Why a request of it was held back; undefined when none was. */
export function heldBack(sent: Sent): string | undefined {
  const held = sent.kind === 'refused' ? sent.failures.find(({ code }) => HELD_BACK.has(code)) : undefined;
  return held && `${held.code}: ${held.message}`;
}
