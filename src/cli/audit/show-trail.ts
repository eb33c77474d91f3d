/** `kubeskippy audit show FILE`: the requests of an audit trail and what came of them, one line each. */
import { type LineView, readLine } from '../../adapters/audit/chain.ts';
import { toTimestamp } from '../../std/clock.ts';
import { widthOf } from '../answer-form.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
import { trailOf } from './read-trail.ts';

export interface ShowOptions {
  /** `namespace/name`, or a name alone: of the HealingAction. */
  readonly action?: string;
  /** Milliseconds: nothing that is older. */
  readonly since?: number;
  readonly output: 'text' | 'json';
}

type AuditRecord = Readonly<Record<string, unknown>>;

export async function showTrail(
  path: string,
  options: ShowOptions,
  { stdout, clock }: Pick<CliEnvironment, 'stdout' | 'clock'>,
): Promise<void> {
  const after = options.since === undefined ? '' : toTimestamp(clock.now() - options.since);
  const shown = (record: AuditRecord): boolean =>
    word(record, 'at') >= after && (options.action === undefined || isOf(word(record, 'action'), options.action));
  // JSON lines are for programs, on a terminal too.
  const width = options.output === 'json' ? undefined : widthOf({ stdout });
  const write = (line: string): void => void stdout.write(hangingText([line], { width }));
  for await (const { name, text } of trailOf(path)) {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const [index, line] of lines.entries()) {
      const view: LineView = readLine(line);
      if (view.kind === 'broken') write(broken({ name, line: index + 1, why: view.why }, options.output));
      else if (shown(view.record)) write(options.output === 'json' ? line : textOf(view.record));
    }
  }
}

const word = (record: AuditRecord, key: string): string => {
  const value = record[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};

const isOf = (action: string, wanted: string): boolean => action === wanted || action.endsWith(`/${wanted}`);

/** `2026-01-01T00:00:09Z intent  shop/web-6af attempt 1  PATCH /apis/…  200` */
function textOf(record: AuditRecord): string {
  const entry = word(record, 'entry');
  if (entry === 'resumed')
    return `${word(record, 'at')} resumed: nothing could be recorded since ${word(record, 'unwritableSince')}`;
  const request = `${word(record, 'method')} ${word(record, 'path')}`;
  const dry = word(record, 'dryRun') === 'All' ? ['dry run'] : [];
  const result = entry === 'outcome' ? [word(record, 'result')] : [];
  const whose = `${word(record, 'action')} attempt ${word(record, 'attempt')}`;
  return [word(record, 'at'), entry.padEnd('outcome'.length), whose, request, ...dry, ...result].join('  ');
}

const broken = (at: { name: string; line: number; why: string }, output: ShowOptions['output']): string =>
  output === 'json'
    ? JSON.stringify({ broken: at.why, file: at.name, line: at.line })
    : `${at.name}:${at.line}: ${at.why}`;
