/** What a scripted container has printed. Lines are not stored; they follow from when the run began. */
import type { Behaviour } from './script.ts';

/** The kubelet keeps 5 files of 10 MiB; at about a hundred characters a line this is more than anybody reads. */
const MAX_LINES = 10_000;

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** One run of a container, open or over. */
export interface PrintedRun {
  readonly logs: Behaviour['logs'];
  readonly startedAt: number;
  readonly endedAt: number;
}

export function linesOf({ logs, startedAt, endedAt }: PrintedRun): readonly LogLine[] {
  const { lines, everyMs, repeat } = logs;
  if (lines.length === 0) return [];
  const elapsed = Math.max(0, endedAt - startedAt);
  if (everyMs === 0) return lines.map((text) => ({ at: startedAt, text }));
  const printed = Math.floor(elapsed / everyMs) + 1;
  const total = repeat ? printed : Math.min(printed, lines.length);
  const first = Math.max(0, total - MAX_LINES);
  const result: LogLine[] = [];
  for (let i = first; i < total; i++) result.push({ at: startedAt + i * everyMs, text: lines[i % lines.length] ?? '' });
  return result;
}

export interface LogQuery {
  readonly tailLines?: number;
  readonly sinceAt?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
}

/** The text as `pods/log` answers it. */
export function formatLog(lines: readonly LogLine[], query: LogQuery, stamp: (at: number) => string): string {
  const { sinceAt, tailLines, timestamps, limitBytes } = query;
  const since = sinceAt === undefined ? lines : lines.filter(({ at }) => at >= sinceAt);
  const tail = tailLines === undefined ? since : tailLines === 0 ? [] : since.slice(-tailLines);
  const text = tail.map(({ at, text: line }) => `${timestamps === true ? `${stamp(at)} ` : ''}${line}\n`).join('');
  return limitBytes === undefined ? text : text.slice(0, limitBytes);
}
