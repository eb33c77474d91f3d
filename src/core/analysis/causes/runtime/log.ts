/**
 * What programs say of themselves. The lines are text of the workload: they make a cause likely, never certain, and
 * only of pods that are unwell or whose lines repeat. The patterns are those of runtimes, drivers and servers that many
 * programs use, and of no program in particular.
 */
import { type Evidence, oneLine, refKey, refOf } from '../../evidence.ts';
import type { Cause, Cures } from '../../finding.ts';
import type { PodObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { containerEvidence, isUnwell, statusesOf } from '../facts.ts';

/** Lines that say the same this often are no accident. */
const REPEATED = 3;

interface Read {
  readonly line: string;
  readonly groups: readonly string[];
  readonly times: number;
}

export function readIn(pod: PodObject, pattern: RegExp, snapshot: Snapshot): Read | undefined {
  let read: Read | undefined;
  for (const { lines } of snapshot.logsOf(refOf(pod))) {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match === null) continue;
      read = { line, groups: match.slice(1).map((group) => group ?? ''), times: (read?.times ?? 0) + 1 };
    }
  }
  return read;
}

export function lineEvidence(pod: PodObject, { line, times }: Read): Evidence {
  const source = refOf(pod);
  return {
    id: `log:${refKey(source)}:${line.length}:${line.slice(0, 40)}`,
    kind: 'log',
    source,
    trust: 'workload-text',
    text: oneLine(`log${times > 1 ? ` (${times} lines)` : ''}: ${line}`, 240),
  };
}

interface LogCause extends Pick<Cause, 'means' | 'todo' | 'when' | 'family'> {
  readonly pattern: RegExp;
  readonly specificity?: Cause['specificity'];
  readonly cures: Cures;
  readonly text: (name: string, groups: readonly string[]) => string;
  readonly root?: (
    pod: PodObject,
    groups: readonly string[],
    snapshot: Snapshot,
  ) => ReturnType<Snapshot['rootOf']> | undefined;
}

export const saysInLog = ({ pattern, text, specificity, root, ...cause }: LogCause): Cause<'Pod'> => ({
  specificity: specificity ?? 'exact',
  ...cause,
  unless: 'The pod is well, and fewer than three lines say so.',
  kinds: ['Pod'],
  find(pod, snapshot) {
    const read = readIn(pod, pattern, snapshot);
    if (read === undefined) return undefined;
    const unwell = isUnwell(pod, snapshot.at);
    if (!unwell && read.times < REPEATED) return undefined;
    const [container] = statusesOf(pod).filter(({ ready, restartCount = 0 }) => ready !== true || restartCount > 0);
    const at = root?.(pod, read.groups, snapshot);
    return {
      ...(at !== undefined && { root: at }),
      text: oneLine(text(snapshot.rootOf(pod).name, read.groups)),
      evidence: [lineEvidence(pod, read), ...(container === undefined ? [] : [containerEvidence(pod, container)])],
      likely: true,
    };
  },
});
