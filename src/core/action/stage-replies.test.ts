import { describe, expect, it } from 'vitest';
import type { PlannedRequest } from '../../api/action-status.ts';
import type { Reply } from './refusals.ts';
import {
  goesOn,
  NOTHING_SENT,
  type SendRules,
  type Sent,
  sentOf,
  type StageReplies,
  withReply,
} from './stage-replies.ts';

const request = (path: string): PlannedRequest => ({ method: 'POST', path, description: path });
const ok: Reply = { kind: 'answered', status: 201 };
const no: Reply = { kind: 'refused', refusal: { code: 'TooManyRequests', message: 'no budget', status: 429 } };
const lost: Reply = { kind: 'unclear', code: 'Timeout', message: 'no answer' };

const tolerant: SendRules = { tolerates: () => ['TooManyRequests'] };
const independent: SendRules = { sends: 'each by itself' };

/** Sends the requests `/0`, `/1`, … until it is to stop. */
function play(rules: SendRules, ...replies: readonly Reply[]): { readonly count: number; readonly sent: Sent } {
  let seen: StageReplies = NOTHING_SENT;
  let count = 0;
  for (const [place, reply] of replies.entries()) {
    if (!goesOn(seen, rules)) break;
    seen = withReply(seen, { place, request: request(`/${place}`), reply }, rules);
    count++;
  }
  return { count, sent: sentOf(seen) };
}

describe('the requests of a stage', () => {
  it('are done when all were answered', () => {
    const answers = ['201: /0', '201: /1'];
    expect(play({}, ok, ok)).toEqual({ count: 2, sent: { kind: 'done', answers, refused: [] } });
  });

  it('stop at the first that is refused; those before it were carried out', () => {
    const { count, sent } = play({}, ok, no, ok);
    expect(count).toBe(2);
    expect(sent).toMatchObject({ kind: 'refused', done: [0], failures: [{ code: 'TooManyRequests' }] });
  });

  it('stop at the first whose answer is lost', () => {
    const { count, sent } = play({}, ok, lost, ok);
    expect([count, sent]).toEqual([2, { kind: 'unclear', message: 'no answer' }]);
  });

  it('go on after a refusal that the kind of action tolerates, and name the request', () => {
    const { count, sent } = play(tolerant, no, ok);
    expect(count).toBe(2);
    expect(sent).toEqual({
      kind: 'done',
      answers: ['TooManyRequests: no budget', '201: /1'],
      refused: [{ request: request('/0'), message: 'no budget' }],
    });
  });

  it('are each sent where none depends on another', () => {
    expect(play(independent, no, ok, no)).toMatchObject({ count: 3, sent: { kind: 'refused', done: [1] } });
  });

  it('are not clear when one of them is not, whatever was refused', () => {
    expect(play(independent, no, lost, ok)).toMatchObject({ count: 3, sent: { kind: 'unclear' } });
  });
});
