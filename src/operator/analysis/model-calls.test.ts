import { describe, expect, it } from 'vitest';
import { settle, VirtualClock } from '../../std/clock.ts';
import type { Model, ModelReply } from '../ports.ts';
import { DEFAULT_CALL_LIMITS, type ModelCall, ModelCalls } from './model-calls.ts';

const web = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const inquiry = {
  target: web,
  evidence: [{ id: 'x', kind: 'event', source: web, trust: 'api', text: 'Failed' }],
  rules: { at: 0, gaps: [], findings: [] },
  actions: [{ name: 'restart', type: 'restart' }],
  causes: ['ImageMissing'],
  names: 'kept',
} as const;
const callOf = (episode: string, more: Partial<ModelCall> = {}): ModelCall => ({
  episode,
  digest: episode,
  terms: { inquiry, minConfidence: 0.5 },
  check: 'once',
  ...more,
});
const GOOD = JSON.stringify({
  cause: 'ImageMissing',
  object: 'Deployment shop/web',
  summary: 'No image.',
  cites: ['e1'],
  contradicts: [],
  action: 'none',
  expects: '',
  confidence: 'high',
});
const says = (text: string): ModelReply => ({
  kind: 'answered',
  text,
  model: 'm',
  tokens: { prompt: 100, answer: 10 },
});
const down: ModelReply = { kind: 'failed', failure: 'unreachable', message: 'no' };

function desk(replies: (asked: number) => ModelReply | Promise<ModelReply>, limits = {}) {
  const seen = { asked: 0, at: 0, most: 0, outcomes: [] as string[], woken: [] as string[], tokens: 0 };
  const model: Model = {
    ask: async () => {
      seen.at++;
      seen.most = Math.max(seen.most, seen.at);
      try {
        return await replies(seen.asked++);
      } finally {
        seen.at--;
      }
    },
  };
  const clock = new VirtualClock();
  const over = new AbortController();
  const calls = new ModelCalls({
    model,
    clock,
    limits: { ...DEFAULT_CALL_LIMITS, ...limits },
    observer: { modelAsked: (outcome) => seen.outcomes.push(outcome), modelTokens: (count) => (seen.tokens += count) },
    onAnswer: (episode) => seen.woken.push(episode),
    signal: over.signal,
  });
  return { calls, clock, seen };
}

describe('questions to a model', () => {
  it('return at once, wake the episode when there is an answer, and are asked once an episode', async () => {
    const { calls, seen } = desk(() => says(GOOD));
    expect(calls.resultOf(callOf('a'))).toBeUndefined();
    expect(calls.resultOf(callOf('a'))).toBeUndefined();
    await settle();
    expect(seen.woken).toEqual(['a']);
    expect(calls.resultOf(callOf('a', { digest: 'new' }))).toMatchObject({ advice: { stance: 'holdBack' } });
    expect([seen.asked, seen.outcomes, seen.tokens > 100]).toEqual([1, ['advice'], true]);
  });

  it('with the same evidence have one answer', async () => {
    const { calls, seen } = desk(() => says(GOOD));
    calls.resultOf(callOf('a', { digest: 'same' }));
    await settle();
    expect(calls.resultOf(callOf('b', { digest: 'same' }))).toMatchObject({ advice: {} });
    expect([seen.asked, seen.outcomes]).toEqual([1, ['advice', 'cached']]);
  });

  it('are asked no more at once than the limit says, and wait in a queue with an end', async () => {
    const { calls, seen } = desk(() => new Promise<ModelReply>(() => undefined), { concurrent: 2 });
    const results = Array.from({ length: 40 }, (_, index) => calls.resultOf(callOf(`e${index}`)));
    await settle();
    expect(seen.most).toBe(2);
    expect(results.filter((result) => result !== undefined)).toEqual(
      Array.from({ length: 8 }, () => ({ failure: 'queueFull' })),
    );
  });

  it('of another namespace come before the rest of a crowd, and have a place in the queue', async () => {
    const asked: string[] = [];
    const open: (() => void)[] = [];
    const { calls, seen } = desk(() => new Promise((resolve) => open.push(() => resolve(says(GOOD)))));
    const ofMail = { ...inquiry, target: { ...web, namespace: 'mail' } };
    for (let index = 0; index < 40; index++) calls.resultOf(callOf(`web-${index}`));
    expect(calls.resultOf(callOf('mail', { terms: { inquiry: ofMail, minConfidence: 0.5 } }))).toBeUndefined();
    for (const _ of [1, 2, 3]) {
      open.shift()?.();
      await settle();
      asked.push(...seen.woken.splice(0));
    }
    // The last of the crowd that waited is told that it is not asked for; the others come in turns.
    expect(asked).toEqual(['web-30', 'web-0', 'web-1', 'mail']);
    expect(calls.resultOf(callOf('web-30'))).toEqual({ failure: 'queueFull' });
    expect(calls.waitingSince('web-29')).toBeDefined();
  });

  it('end with the tokens of the day, and begin with the next', async () => {
    const { calls, clock, seen } = desk(() => ({ ...says(GOOD), tokens: { prompt: 790, answer: 10 } }), {
      tokensPerDay: 800,
    });
    calls.resultOf(callOf('a'));
    await settle();
    expect(calls.resultOf(callOf('b'))).toEqual({ failure: 'budgetSpent' });
    await clock.advance(86_400_000);
    expect(calls.resultOf(callOf('c'))).toBeUndefined();
    await settle();
    expect([seen.asked, seen.woken]).toEqual([2, ['a', 'c']]);
  });

  it('leave a server alone for a while that failed three times in a row, those in the queue too', async () => {
    const { calls, clock, seen } = desk(() => down);
    for (const episode of ['a', 'b', 'c', 'd', 'e']) calls.resultOf(callOf(episode));
    await settle();
    expect([seen.asked, seen.outcomes]).toEqual([
      3,
      ['unreachable', 'unreachable', 'unreachable', 'modelDown', 'modelDown'],
    ]);
    expect(calls.resultOf(callOf('f'))).toEqual({ failure: 'modelDown' });
    await clock.advance(10 * 60_000);
    expect(calls.resultOf(callOf('g'))).toBeUndefined();
  });

  it('are checked by a second one where that is asked for', async () => {
    const disproved = says('{"disproved":true,"cites":["e1"]}');
    const { calls, seen } = desk((asked) => (asked === 0 ? says(GOOD) : disproved));
    calls.resultOf(callOf('a', { check: 'verified' }));
    await settle();
    expect(calls.resultOf(callOf('a'))).toEqual({ failure: 'disproved' });
    expect(seen.asked).toBe(2);
  });

  it('that are answered by garbage leave the rules alone, counted by kind', async () => {
    const { calls, seen } = desk(() => says('I would delete the deployment'));
    calls.resultOf(callOf('a'));
    await settle();
    expect([calls.resultOf(callOf('a')), seen.outcomes]).toEqual([{ failure: 'unparsable' }, ['unparsable']]);
  });
});
