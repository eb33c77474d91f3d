/** What the status of a policy, and its actions, tell of a target that this process has not looked at yet. */
import { HEALTHY, type TargetState } from '../../core/target/evaluate-target.ts';
import { restoredState } from '../../core/target/kept-episode.ts';
import type { Seeing } from '../roles.ts';
import type { PolicyEntry } from './policy-book.ts';

export function rememberedState(
  { history, clock }: Pick<Seeing, 'history' | 'clock'>,
  entry: PolicyEntry | undefined,
  uid: string,
): TargetState {
  if (entry === undefined) return HEALTHY;
  const { status } = entry;
  const action = history.newestOf(entry.uid, uid);
  return restoredState({ episode: entry.episode(uid), status, action }, clock.now());
}
