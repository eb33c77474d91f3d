import { describe, expect, it } from 'vitest';
import { byHand, claim, INVERSE, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, T0 } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { asked } from './asking.ts';
import { finish } from './ending.ts';
import { failed } from './failure.ts';
import { newsOf, startNews } from './news.ts';
import { aboutOf } from './refs.ts';
import { undone } from './undo.ts';

const end = (phase: 'Succeeded' | 'Failed' | 'Cancelled') =>
  finish(claim(), { phase, reason: 'Verified', message: 'so it ended' }, T0);
const undoing = failed(
  healingAction(claim({ inverses: [INVERSE] })),
  { reason: 'NotVerified', message: 'ill', executed: 'yes' },
  { undo: 'wanted', now: T0 },
);
const undoneAs = (state: 'Done' | 'Failed') => undone(healingAction(undoing), { state, message: 'the count' }, T0);

describe('a committed status', () => {
  it.each<[string, ActionStatus, ActionStatus, readonly string[]]>([
    ['says nothing of an approval that was not needed', {}, { phase: 'Approved' }, []],
    ['says nothing of a claim: nothing was sent yet', { phase: 'Approved' }, claim(), []],
    ['says that it helped', claim(), end('Succeeded'), ['Normal HealingSucceeded']],
    ['says that it did not help', claim(), end('Failed'), ['Warning HealingFailed']],
    [
      'says that others wrote its status',
      {},
      finish({}, { phase: 'Failed', reason: 'StatusTampered', message: 'no seal' }, T0),
      ['Warning HealingFailed', 'Warning StatusTampered people'],
    ],
    ['says that it was cancelled', { phase: 'Approved' }, end('Cancelled'), ['Warning HealingCancelled']],
    ['says nothing while it is taken back', claim(), undoing, []],
    ['says that it was taken back', undoing, undoneAs('Done'), ['Warning HealingFailed', 'Normal HealingUndone']],
    [
      'tells people that it could not be taken back',
      undoing,
      undoneAs('Failed'),
      ['Warning HealingFailed', 'Warning UndoFailed people'],
    ],
  ])('%s', (_title, before, after, said) => {
    const news = newsOf(healingAction(before), healingAction(after));
    expect(
      news.map(({ type, reason, tell }) => [type, reason, tell === 'people' ? tell : []].flat().join(' ')),
    ).toEqual(said);
    for (const { message } of news) expect(message).toMatch(/^Deployment shop\/web: ./);
  });

  it.each([
    ['people, who have to decide', false, 'people'],
    ['nobody of a dry run', true, 'nobody'],
  ])('that waits for approval tells %s', (_title, dryRun, tell) => {
    const action = healingAction({}, { spec: { approvalRequired: true, dryRun } });
    const status = asked(action, PLAN, { undo: 'wanted', approvalTimeoutMs: 60_000, now: T0 });
    const asks = healingAction(status, { spec: { approvalRequired: true, dryRun } });
    const [news] = newsOf(action, asks);
    expect(news).toMatchObject({ type: 'Warning', reason: 'ApprovalRequired', tell });
    expect(news?.message).toMatch(
      /waits for approval until .*: HealingAction shop\/web-0123456789\. Decide with: kubeskippy approve web-/,
    );
    // Only once.
    expect(newsOf(asks, asks)).toEqual([]);
  });
});

it('the start tells what is done', () => {
  expect(startNews(healingAction(claim()))).toEqual({
    type: 'Normal',
    reason: 'HealingStarted',
    message: 'Deployment shop/web: attempt 1 of 3: restart Deployment shop/web by a rolling update',
  });
});

it('an Event stands on the action, its target and its policy', () => {
  expect(aboutOf(healingAction()).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'HealingAction web-0123456789',
    'Deployment web',
    'HealingPolicy p',
  ]);
  expect(aboutOf(byHand(healingAction()))).toHaveLength(2);
});
