/** All roles in one object, for laps that are not narrowed to their own yet. */
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../std/clock.ts';
import type { OwnWrites } from '../kube/own-writes.ts';
import type { PolicyStore } from './policy-store.ts';
import type { Effects, LiveReads, Seeing, Stores, Voice, Wakes } from './roles.ts';
import type { WorldTypes } from './world.ts';

export type { Announcement } from '../core/announcement.ts';

export interface Operation extends Seeing, LiveReads, Effects, Voice, Wakes, Stores {
  readonly clock: Clock;
  readonly client: KubeClient;
  readonly types: WorldTypes;
  readonly policies: PolicyStore;
  readonly actionWrites: OwnWrites;
  /** Watches a kind that a policy selects; `unknown` when the server does not serve it (it is asked again later). */
  watchKind(apiVersion: string, kind: string): Promise<'watched' | 'unknown'>;
}
