/** What the demo plays: one file of `examples/` a scenario, with its workload, its policy and how it has to end. */

/**
 * - `Healed`: it broke, an action succeeded, every pod is ready and nothing fires any more.
 * - `GaveUp`: an action was tried, seen not to help, and nothing more is done: a person has to look.
 * - `LeftAlone`: it broke, its policy fires, and nothing was touched since it is protected.
 * - `Untouched`: it was well all the time and still is what it was.
 * - `Unfinished`: none of these (yet).
 */
export type Finish = 'Healed' | 'GaveUp' | 'LeftAlone' | 'Untouched' | 'Unfinished';

export interface Scenario {
  /** Name of the file, the workload, its label `app` and its policy. */
  readonly name: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly wanted: number;
  readonly expected: Exclude<Finish, 'Unfinished'>;
  /** Why it has to end so, where that is not what people hope for. */
  readonly since?: string;
  /** What healing may change: the workload's template, or one pod of it and nothing else. */
  readonly reach: 'workload' | 'one pod';
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'crash-loop', kind: 'Deployment', wanted: 2, expected: 'Healed', reach: 'workload' },
  { name: 'out-of-memory', kind: 'StatefulSet', wanted: 1, expected: 'Healed', reach: 'workload' },
  { name: 'not-ready', kind: 'Deployment', wanted: 2, expected: 'Healed', reach: 'workload' },
  { name: 'stuck-pod', kind: 'Deployment', wanted: 3, expected: 'Healed', reach: 'one pod' },
  {
    name: 'image-pull',
    kind: 'Deployment',
    wanted: 1,
    expected: 'GaveUp',
    since: 'the image does not exist',
    reach: 'workload',
  },
  {
    name: 'protected',
    kind: 'Deployment',
    wanted: 1,
    expected: 'LeftAlone',
    since: 'it is protected',
    reach: 'workload',
  },
  {
    name: 'healthy',
    kind: 'Deployment',
    wanted: 2,
    expected: 'Untouched',
    since: 'nothing is wrong with it',
    reach: 'workload',
  },
];
