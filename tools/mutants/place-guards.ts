/** The guards that keep one namespace from taking what all share. */
import type { Guard } from './guard.ts';

export const PLACE_GUARDS: readonly Guard[] = [
  {
    name: 'places: unfinished actions beyond those of a namespace wait',
    file: 'src/operator/action/action-view.ts',
    guard: 'isUntouched(action) ? from.places.without(key) : undefined;',
    without: 'undefined;',
    test: 'test/attacks/too-many-actions.test.ts',
  },
  {
    name: 'places: dry runs take them too',
    file: 'src/operator/action-places.ts',
    guard: 'past === undefined || isFinished(past)',
    without: 'past === undefined || isFinished(past) || past.dryRun',
    test: 'test/attacks/too-many-actions.test.ts',
  },
  {
    name: 'places: a flood of actions makes few writes',
    file: 'src/core/action/step-action.ts',
    guard: 'if (isFarBehind(of)) return',
    without: 'if (of.before < 0) return',
    test: 'test/attacks/too-many-actions.test.ts',
  },
  {
    name: 'places: one Event tells of all that wait',
    file: 'src/core/action/step-action.ts',
    guard: 'of.before === of.places ?',
    without: 'of.before >= of.places ?',
    test: 'test/attacks/too-many-actions.test.ts',
  },
  {
    name: 'places: the next action is woken when one ends',
    file: 'src/operator/wakes.ts',
    guard: 'this.#seeing.places.onMoved((key) => this.#queues.actionQueue.add(key));',
    without: '',
    test: 'test/attacks/too-many-actions.test.ts',
  },
  {
    name: 'places: an action without a place ends with its time',
    file: 'src/core/action/step-action.ts',
    guard: "if (now >= until) return commit(finish(status, { phase: 'Cancelled', reason, message }, now));",
    without: "if (now >= until) return { do: 'wait' };",
    test: 'test/attacks/too-many-actions.test.ts',
  },
];
