/** What keeps the trace of an episode whole, and told once. */
import type { Guard } from './guard.ts';

const EPISODES = 'src/core/trace/episode-spans.ts';
const TEST = 'src/core/trace/episode-spans.test.ts';

export const TRACE_GUARDS: readonly Guard[] = [
  {
    name: 'traces: an episode has not ended while an action of it is under way',
    file: EPISODES,
    guard: '(isOpen(identity) || !actions.every(isFinished))',
    without: 'isOpen(identity)',
    test: TEST,
  },
  {
    name: 'traces: an episode for which the status has no room has not ended',
    file: EPISODES,
    guard: '(isOpen(identity) || !actions.every(isFinished))',
    without: '!actions.every(isFinished)',
    test: TEST,
  },
  {
    name: 'traces: a new process tells what has ended of actions under way',
    file: 'src/operator/traces.ts',
    guard: 'if (isOver && (endedAt === undefined || endedAt < now - AGAIN_MS)) continue;',
    without: 'if (!isOver || endedAt === undefined || endedAt < now - AGAIN_MS) continue;',
    test: 'test/healing/traces.test.ts',
  },
];
