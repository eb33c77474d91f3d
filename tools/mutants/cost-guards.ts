/** What was spared on the way from a claim to its effect, and what has to stay. */
import type { Guard } from './guard.ts';

export const COST_GUARDS: readonly Guard[] = [
  {
    name: 'cost: others are judged by the cache only when it has seen the claim',
    file: 'src/operator/action/gate-scenes.ts',
    guard: "(await actions.caughtUp(action)) === 'seen' ?",
    without: '(await actions.caughtUp(action)) !== undefined ?',
    test: 'src/operator/action/gate-scenes.test.ts',
  },
  {
    name: 'cost: the cache counts as caught up by the version of the claim',
    file: 'src/operator/action-store.ts',
    guard: "    if (cache.isAtLeast(resourceVersion)) return 'seen';\n",
    without: "    if (cache.isAtLeast('1')) return 'seen';\n",
    test: 'src/operator/action/gate-scenes.test.ts',
  },
  {
    name: 'cost: the target is spared a read only where the request asks for its version',
    file: 'src/operator/action/gate-scenes.ts',
    guard: 'precondition?.resourceVersion !== object.metadata.resourceVersion) return false;',
    without: 'precondition === undefined) return false;',
    test: 'src/operator/action/gate-scenes.test.ts',
  },
  {
    name: 'cost: the target is spared a read only where the request goes to it',
    file: 'src/operator/action/gate-scenes.ts',
    guard: 'type !== undefined && path === resourcePath(type, object.metadata) && precondition',
    without: 'type !== undefined && precondition',
    test: 'src/operator/action/gate-scenes.test.ts',
  },
];
