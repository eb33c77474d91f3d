/** The guards against faults that harm living clusters quietly: lost answers, flicker, silence, foreign clocks. */
import type { Guard } from './guard.ts';

export const FAULT_GUARDS: readonly Guard[] = [
  {
    name: 'faults: an answer that leaves open what it did is quoted',
    file: 'src/core/action/last-moment.ts',
    guard: 'return unclear(action, sent.message);',
    without: 'return undefined;',
    test: 'src/core/action/last-moment.test.ts',
  },
  {
    name: 'faults: a budget that refuses is named',
    file: 'src/kube/errors.ts',
    guard: "cause !== '' && !message.includes(cause)",
    without: "cause === 'never'",
    test: 'test/healing/answers.test.ts',
  },
  {
    name: 'faults: a controller that cannot make pods is quoted',
    file: 'src/core/action/obstacle.ts',
    guard: 'return replicaFailure(workload) ?? failedEvent(told) ?? illPod(workload, told.pods);',
    without: 'return illPod(workload, told.pods);',
    test: 'test/healing/answers.test.ts',
  },
];
