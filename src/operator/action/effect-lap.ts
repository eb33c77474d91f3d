/**
 * Between claim and effect: the gates are asked again on live reads, then the requests of the claimed stage are sent,
 * and what came of them is committed. After a crash in here the claim is classified by live reads (I1, I3).
 */
import type { HealingAction } from '../../api/parse-action.ts';
import { CLAIM_LOST } from '../../core/action/action-gates.ts';
import { effectOf } from '../../core/action/effect.ts';
import { afterSending, stopped } from '../../core/action/last-moment.ts';
import { startNews } from '../../core/action/news.ts';
import type { SendRules } from '../../core/action/stage-replies.ts';
import type { Announcement } from '../../core/announcement.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import type { Logger } from '../ports.ts';
import type { ClaimedStage } from './claim-lap.ts';
import { type LapInput, type CommitAction, type Judged, RECHECK_MS, type Send } from './lap-input.ts';
import { given } from '../../std/given.ts';

export interface EffectLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly prng: Pick<Prng, 'float'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** The gates on live reads. */
  readonly judge: (action: HealingAction, how: 'begins' | 'continues') => Promise<Judged>;
  readonly announce: (action: HealingAction, news: Announcement) => void;
  readonly send: Send;
  readonly commit: CommitAction;
}

export async function effectLap(
  parts: EffectLap,
  { action, terms }: LapInput,
  { kind, how, plan }: ClaimedStage,
): Promise<ReconcileResult> {
  const { clock, prng, commit } = parts;
  const { undo } = terms;
  const { verdict, scene } = await parts.judge(action, how);
  if (!verdict.allow) {
    if (verdict.reason === CLAIM_LOST) return {};
    await commit(action, stopped(action, { verdict, how }, { random: prng.float(), undo, now: clock.now() }));
    return {};
  }
  if (how === 'begins') parts.announce(action, startNews(action));
  const sent = await parts.send(action, { requests: plan.requests, rules: rulesOf(kind, plan), scene, how });
  const chance = { random: prng.float(), undo, now: clock.now() };
  const status = afterSending(action, { sent, effect: effectOf(kind, terms) }, chance);
  if (status !== undefined) await commit(action, status);
  if (sent.kind !== 'unclear') return {};
  const key = `${action.namespace}/${action.name}`;
  parts.logger.warn({ action: key, error: sent.message }, 'the answer was lost; the target is read again');
  return { wakeAt: clock.now() + RECHECK_MS };
}

/** A refusal is tolerated only where another stage sees what is left. */
function rulesOf({ sends, tolerates }: ClaimedStage['kind'], { next }: ClaimedStage['plan']): SendRules {
  return {
    ...given({ sends }),
    ...given({ tolerates: next === 'plan again' ? tolerates : undefined }),
  };
}
