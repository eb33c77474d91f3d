/** The guards that keep the operator's words true: to the author of an action, to those who wait, and to logs. */
import type { Guard } from './guard.ts';

export const WORD_GUARDS: readonly Guard[] = [
  {
    name: 'words: the UID that an author has left out is pinned before anything is planned',
    file: 'src/core/action/step-action.ts',
    guard: "  if (lacksUid(action)) return { do: 'pin' };\n",
    without: '',
    test: 'test/attacks/hand-made-actions.test.ts',
  },
  {
    name: 'words: an object that took the name after the action was made is not its target',
    file: 'src/core/action/pinned-target.ts',
    guard: '> (action.createdAt ?? 0))',
    without: '< 0)',
    test: 'test/attacks/hand-made-actions.test.ts',
  },
  {
    name: 'words: an action that a gate lets wait says for which',
    file: 'src/core/action/step-action.ts',
    guard: "verdict.reason !== 'StaleObservation' && status.reason !== verdict.reason",
    without: "verdict.reason === 'ClaimLost' && status.reason !== verdict.reason",
    test: 'src/operator/action/action-lap.test.ts',
  },
  {
    name: 'words: a policy that was deleted meanwhile is no failed lap',
    file: 'src/operator/target/policy-lap.ts',
    guard: "error.status === 404 && entry.missing !== 'once'",
    without: "error.status === 404 && entry.missing === 'once'",
    test: 'test/healing/deleted-policies.test.ts',
  },
  {
    name: 'words: an action that was deleted meanwhile is no failed lap',
    file: 'src/operator/action/action-controller.ts',
    guard: 'if (!isKubeError(error, ACTION_GONE)) throw error;',
    without: 'throw error;',
    test: 'test/healing/deleted-policies.test.ts',
  },
  {
    name: 'words: a source of metrics that does not answer is told of once',
    file: 'src/core/target/announcements.ts',
    guard: "is?.status === 'False' && was !== 'False'",
    without: "is?.status === 'False'",
    test: 'src/core/target/metrics-news.test.ts',
  },
  {
    name: 'clocks: a container runs since this process saw it begin, whatever its kubelet says',
    file: 'src/operator/container-runs.ts',
    guard: 'if (seen?.key === runKeyOf(container)) return seen.at;',
    without: '',
    test: 'test/healing/other-clocks-of-kubelets.test.ts',
  },
  {
    name: 'words: a short name is refused with what it is replaced by',
    file: 'src/adapters/metrics/embedded/short-names.ts',
    guard: "if (known === undefined) return '';",
    without: "if (family !== '') return '';",
    test: 'src/cli/lint/short-names.test.ts',
  },
  {
    name: 'words: nodes that we have cordoned and that are cordoned still are told of once a shift',
    file: 'src/core/kept-nodes.ts',
    guard: 'return turn(looks.now) > Math.max(0, turn(looks.last));',
    without: 'return turn(looks.now) > 0;',
    test: 'src/operator/kept-nodes.test.ts',
  },
  {
    name: 'words: a CronJob that is not there is said before its template is needed',
    file: 'src/operator/target/job-templates.ts',
    guard: 'if (await this.#isThere({ namespace, name: template })) continue;',
    without: 'if (template !== "") continue;',
    test: 'test/healing/silence.test.ts',
  },
  {
    name: 'words: a protection of nothing is said',
    file: 'src/core/target/silences.ts',
    guard: 'objects.some((object) => covers(rule, object))',
    without: 'objects.length >= 0',
    test: 'test/healing/silence.test.ts',
  },
  {
    name: 'words: lint holds a policy to the configuration that it is given',
    file: 'src/cli/lint/lint-rules.ts',
    guard: 'hasSource: (name) => sources.has(name),',
    without: 'hasSource: () => true,',
    test: 'src/cli/lint/lint-files.test.ts',
  },
];
