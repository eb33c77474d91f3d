/** All roles in one object, for laps that are not narrowed to their own yet. */
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../std/clock.ts';
import type { PolicyStore } from './policy-store.ts';
import type { Effects, LiveReads, Seeing, Stores, Voice, Wakes } from './roles.ts';

export type { Announcement } from '../core/announcement.ts';

export interface Operation extends Seeing, LiveReads, Effects, Voice, Wakes, Stores {
  readonly clock: Clock;
  readonly client: KubeClient;
  readonly policies: PolicyStore;
}
