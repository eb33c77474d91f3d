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
  {
    name: 'faults: success outlasts the illness',
    file: 'src/core/action/verify-action.ts',
    guard: 'Math.min(healthySince + recursMs, deadline)',
    without: 'healthySince - recursMs',
    test: 'src/core/action/verify-action.test.ts',
  },
  {
    name: 'faults: readiness between two crashes is no state to be worse than',
    file: 'src/core/action/harm.ts',
    guard: 'Math.max(0, counted.ready - flickering)',
    without: 'Math.max(counted.ready, flickering)',
    test: 'test/healing/flicker.test.ts',
  },
  {
    name: 'faults: a conflict is planned again at once',
    file: 'src/core/action/failure.ts',
    guard: "failure.reason === 'Conflict' &&",
    without: "failure.reason === 'Conflict' && attempts < 0 &&",
    test: 'src/core/action/failure.test.ts',
  },
  {
    name: 'faults: a stage that met a conflict is planned again at once',
    file: 'src/core/action/last-moment.ts',
    guard: 'if (again &&',
    without: 'if (!again &&',
    test: 'test/healing/flicker.test.ts',
  },
  {
    name: 'faults: a refused change is not told as done',
    file: 'src/core/action/failure.ts',
    guard: ': withoutUndone(action.status, done)',
    without: ': action.status',
    test: 'test/healing/flicker.test.ts',
  },
  {
    name: 'faults: a condition in small letters is told of',
    file: 'src/core/target/silences.ts',
    guard: 'one.toLowerCase() === conditionType.toLowerCase()',
    without: 'one === conditionType',
    test: 'src/core/target/silences.test.ts',
  },
  {
    name: 'faults: series about other kinds are told of',
    file: 'src/core/target/silences.ts',
    guard: 'if (kinds.length === 0 || kinds.includes(undefined)) return [];',
    without: 'if (kinds.length >= 0 || kinds.includes(undefined)) return [];',
    test: 'src/core/target/silences.test.ts',
  },
  {
    name: 'faults: an answer about nobody is told of',
    file: 'src/core/target/metric-health.ts',
    guard: 'aboutNobody === undefined ? []',
    without: "aboutNobody !== '' ? []",
    test: 'test/healing/silence.test.ts',
  },
];
