/** The guards that keep healing from doing harm, each asked for by a known disaster. */
import type { Guard } from './guard.ts';

export const RESTRAINT_GUARDS: readonly Guard[] = [
  {
    name: 'restraint: the trigger is asked again on live reads, right before the effect',
    file: 'src/operator/action/gate-scenes.ts',
    guard: "how === 'begins' ? await liveLook(",
    without: 'false ? await liveLook(',
    test: 'test/healing/recovered-meanwhile.test.ts',
  },
  {
    name: 'restraint: an action that waits for a person ends with its episode',
    file: 'src/core/action/step-action.ts',
    guard: '  if (recovered !== undefined)\n',
    without: "  if (recovered === 'never')\n",
    test: 'test/healing/recovered-meanwhile.test.ts',
  },
  {
    name: 'restraint: a drain works off the list that it began with',
    file: 'src/core/actions/node-pods.ts',
    guard: '(fromTimestamp(metadata.creationTimestamp) ?? 0) > startedAt;',
    without: 'startedAt < 0 && metadata.name === "";',
    test: 'src/core/actions/left-by-drain.test.ts',
  },
  {
    name: 'restraint: pods whose data would go with them stay',
    file: 'src/core/actions/local-data.ts',
    guard: 'if (local.length === 0) return undefined;',
    without: 'if (local.length >= 0) return undefined;',
    test: 'src/core/actions/delete.test.ts',
  },
  {
    name: 'restraint: the marks of other programs that evict count',
    file: 'src/core/gates/protected.ts',
    guard: 'traitsOf(actionType).takesPods === true ?',
    without: "traitsOf(actionType).takesPods === undefined && actionType === 'restart' ?",
    test: 'src/core/gates/protected.test.ts',
  },
  {
    name: 'restraint: no rollback goes back across a barrier',
    file: 'src/core/actions/revisions.ts',
    guard: 'barrier === true && number > to && number <= from',
    without: 'barrier === true && number > from',
    test: 'src/core/actions/rollback.test.ts',
  },
  {
    name: 'restraint: an uncordon by a person holds for the episode',
    file: 'src/core/gates/uncordoned.ts',
    guard: "(action.phase === 'Succeeded' || action.ended === 'Superseded')",
    without: "action.phase === 'Pending'",
    test: 'src/core/gates/uncordoned.test.ts',
  },
  {
    name: 'restraint: what has ended is not sick',
    file: 'src/core/triggers/index.ts',
    guard: 'firingOfEnded(trigger, seen) ?? kind.evaluate(trigger, seen, now)',
    without:
      'firingOfEnded(trigger, { ...seen, target: { ...seen.target, kind: "" } }) ?? kind.evaluate(trigger, seen, now)',
    test: 'src/core/triggers/ended.test.ts',
  },
  {
    name: 'restraint: workloads of many policies that fail together are left alone',
    file: 'src/core/gates/common-cause.ts',
    guard: 'shared === undefined ? ALLOW',
    without: "shared !== '' ? ALLOW",
    test: 'test/disasters/together.test.ts',
  },
  {
    name: 'restraint: one namespace does not stop the whole cluster',
    file: 'src/core/common-cause.ts',
    guard: 'Math.min(largest, group.length - largest)',
    without: 'largest',
    test: 'src/core/common-cause.test.ts',
  },
  {
    name: 'explain: nothing but reads is sent',
    file: 'src/cli/explain/live-decisions.ts',
    guard: "request.method === 'GET'",
    without: "request.method !== ''",
    test: 'src/cli/explain/explain.test.ts',
  },
];
