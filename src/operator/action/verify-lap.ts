/** Watches whether an action helped. The caches say when to look; success is committed on live reads only (I6, I11). */
import { type Scene, sightOf, type Watched } from '../../core/action/proof.ts';
import { verify } from '../../core/action/verify-action.ts';
import type { EventSeen } from '../../core/observation.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import { type LapInput, type CommitAction, hold, RECHECK_MS } from './lap-input.ts';

export interface VerifyLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly cachedScene: (watched: Watched) => Scene;
  readonly liveScene: (watched: Watched) => Promise<Scene>;
  /** Events about what has to become well, by a live read. */
  readonly readSaid: (scene: Scene) => Promise<readonly EventSeen[]>;
  readonly commit: CommitAction;
}

export async function verifyLap(parts: VerifyLap, input: LapInput): Promise<ReconcileResult> {
  const { action, kind, policy, terms } = input;
  if (kind === undefined)
    return hold(parts, action, `actions of type ${action.spec.action.type} were switched off; not verified`);
  const now = parts.clock.now();
  const watched = { action, kind, policy };
  const { undo } = terms;
  const scene = parts.cachedScene(watched);
  const sight = sightOf(watched, scene, now);
  let { status, wakeAt } = verify(action, sight, { undo, now });
  if (status !== undefined && sight.health.state === 'unhealthy' && scene.said === undefined) {
    // What is written has the words of the component that stands in the way.
    const told = { ...scene, said: await parts.readSaid(scene) };
    ({ status, wakeAt } = verify(action, sightOf(watched, told, now), { undo, now }));
  }
  if (status?.phase === 'Succeeded') {
    const { health } = sightOf(watched, await parts.liveScene(watched), now);
    if (health.state !== 'healthy') return { wakeAt: now + RECHECK_MS };
  }
  if (status !== undefined) await parts.commit(action, status);
  return { wakeAt };
}
