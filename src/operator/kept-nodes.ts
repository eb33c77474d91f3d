/** Tells people of nodes that we have cordoned and that are cordoned still, as far as a policy has nodes watched. */
import { type Cordoning, isDue, keptNews, type KeptNode, keptNodes } from '../core/kept-nodes.ts';
import { targetRef } from '../core/observation.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { keyOf } from '../kube/resource.ts';
import type { ActionStatus } from '../api/action-status.ts';
import { type Clock, fromTimestamp } from '../std/clock.ts';
import type { Voice } from './roles.ts';
import type { World } from './world.ts';

/** It is told of by the hour; a look goes through the nodes in the cache, and sends nothing. */
const LOOK_MS = 300_000;

interface KeptNodesConfig {
  readonly clock: Clock;
  readonly world: Pick<World, 'ofKind' | 'actions'>;
  readonly voice: Pick<Voice, 'announce' | 'logger'>;
  /** Of several processes that share the work one tells of it. */
  readonly speaks: () => boolean;
}

export const keptIn = (world: Pick<World, 'ofKind'>): readonly KeptNode[] =>
  keptNodes(world.ofKind({ apiVersion: 'v1', kind: 'Node' }, undefined));

/** Until the signal aborts. */
export async function followKeptNodes(config: KeptNodesConfig, signal: AbortSignal): Promise<void> {
  const { clock, world, voice, speaks } = config;
  let last = clock.now();
  while (await sleepUntil(clock, last + LOOK_MS, signal)) {
    const now = clock.now();
    for (const kept of speaks() ? keptIn(world) : []) {
      const by = cordoningOf(world, kept);
      // Of one whose action is gone the hours are counted from the beginning of time.
      if (!isDue(by?.endedAt ?? 0, { last, now })) continue;
      const news = keptNews(kept, by);
      voice.logger.warn({ node: kept.node.metadata.name, reason: news.reason }, news.message);
      voice.announce([targetRef(kept.node)], news);
    }
    last = now;
  }
}

function cordoningOf(world: Pick<World, 'actions'>, { actionUid }: KeptNode): Cordoning | undefined {
  const object = world.actions.byUid(actionUid);
  const status = (object?.['status'] ?? {}) as ActionStatus;
  const endedAt = fromTimestamp(status.completionTime);
  return object === undefined || endedAt === undefined ? undefined : { action: keyOf(object), endedAt };
}
