/** Watches whether an action helped. The caches say when to look; success is committed on live reads only (I6, I11). */
import { type Scene, sightOf, type Watched } from '../../core/action/proof.ts';
import { verify } from '../../core/action/verify-action.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import { type LapInput, type CommitAction, hold, RECHECK_MS } from './lap-input.ts';

export interface VerifyLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly cachedScene: (watched: Watched) => Scene;
  readonly liveScene: (watched: Watched) => Promise<Scene>;
  readonly commit: CommitAction;
}

export async function verifyLap(parts: VerifyLap, input: LapInput): Promise<ReconcileResult> {
  const { action, kind, policy, terms } = input;
  if (kind === undefined)
    return hold(parts, action, `actions of type ${action.spec.action.type} were switched off; not verified`);
  const now = parts.clock.now();
  const watched = { action, kind, policy };
  const { status, wakeAt } = verify(action, sightOf(watched, parts.cachedScene(watched), now), {
    undo: terms.undo,
    now,
  });
  if (status?.phase === 'Succeeded') {
    const { health } = sightOf(watched, await parts.liveScene(watched), now);
    if (health.state !== 'healthy') return { wakeAt: now + RECHECK_MS };
  }
  if (status !== undefined) await parts.commit(action, status);
  return { wakeAt };
}
