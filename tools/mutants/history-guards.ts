/** The guards that let a part of history stand for all of it. */
import type { Guard } from './guard.ts';

const INDEX = 'src/core/action-index.test.ts';

export const HISTORY_GUARDS: readonly Guard[] = [
  {
    name: 'index: what is in flight anywhere counts',
    file: 'src/core/action-index.ts',
    guard: '...this.#unfinished.values(),\n',
    without: '\n',
    test: INDEX,
  },
  {
    name: 'index: what was done to another part of the workload counts',
    file: 'src/core/action-index.ts',
    guard: '...(this.#byRoot.get(rootKey(workload.namespace, workload.rootUid))?.values() ?? []),',
    without: '',
    test: INDEX,
  },
  {
    name: 'index: limits look back further after the clock was set forward',
    file: 'src/core/action-index.ts',
    guard: 'now - HOUR_MS - leapMs',
    without: 'now - HOUR_MS',
    test: INDEX,
  },
  {
    name: 'index: the breaker is told from where its state is certain',
    file: 'src/core/action-index.ts',
    guard: 'if (endOf(outcome) + BREAKER_OPEN_MS <= closedAt) break;',
    without: 'if (endOf(outcome) <= closedAt) break;',
    test: INDEX,
  },
  {
    name: 'index: fewer failures than open the breaker do not tell its state',
    file: 'src/core/action-index.ts',
    guard: 'if (failures === BREAKER_FAILURES) break;',
    without: 'if (failures === BREAKER_FAILURES - 1) break;',
    test: INDEX,
  },
];
