/** The glance for a person at a terminal. */
import { fromTimestamp } from '../../std/clock.ts';
import { formatDuration } from '../../std/duration.ts';
import { wrapWords } from '../../std/wrap-words.ts';
import { textTable } from '../text-table.ts';
import type { Glance } from './glance.ts';

/** Rows of each list; JSON has them all. */
const MAX_ROWS = 20;

/** `width`: of the terminal. Omitted: lines have no end. */
export function glanceText(glance: Glance, width?: number): string {
  const { operator, policies, targets, actions, unwell, waiting, untold } = glance;
  const kinds = [
    `${policies.ready} ready`,
    ...(policies.suspended > 0 ? [`${policies.suspended} suspended`] : []),
    ...Object.entries(policies.modes).map(([mode, count]) => `${count} ${mode}`),
  ];
  const day = `in 24 h ${actions.succeeded} succeeded, ${actions.failed} failed, ${actions.cancelled} cancelled`;
  const facts = [
    ['operator', operator.message],
    ...(operator.paused === undefined ? [] : [['paused', operator.paused]]),
    ...untold.map((message) => ['untold', message]),
    ['policies', `${policies.total} (${kinds.join(', ')})`],
    ['targets', `${targets.matched} selected, ${targets.unhealthy} unwell, ${targets.unknown} without data`],
    ['actions', `${actions.inProgress} in progress, ${waiting.length} waiting for approval; ${day}`],
  ];
  const age = (since: string): string => {
    const ms = (fromTimestamp(glance.at) ?? 0) - (fromTimestamp(since) ?? 0);
    return formatDuration(Math.max(0, Math.floor(ms / 1000) * 1000));
  };
  return [
    ...facts.flatMap(([name = '', text = '']) => fact(name, text, width)),
    ...section('not ready', ['POLICY', 'REASON', 'MESSAGE'], {
      width,
      rows: policies.problems.map(({ policy, reason, message }) => [policy, reason, message]),
    }),
    ...section('cordoned by an action, and still', ['NODE', 'ACTION', 'END IT WITH'], {
      width,
      rows: glance.cordoned.map(({ node, action }) => [node, action, `kubectl uncordon ${node}`]),
    }),
    ...section('without metrics', ['POLICY', 'REASON', 'MESSAGE'], {
      width,
      rows: glance.withoutMetrics.map(({ policy, reason, message }) => [policy, reason, message]),
    }),
    ...section('unwell', ['POLICY', 'TARGET', 'SINCE', 'WHAT IS DONE'], {
      width,
      rows: unwell.map(({ policy, target, since, doing }) => [policy, target, age(since), doing]),
    }),
    ...section('waiting for approval', ['ACTION', 'WOULD', 'UNTIL', 'DECIDE WITH'], {
      width,
      rows: waiting.map(({ namespace, action, does, expiresAt }) => [
        `${namespace}/${action}`,
        does,
        expiresAt ?? '-',
        `kubeskippy approve ${action} -n ${namespace}`,
      ]),
    }),
  ].join('');
}

const LABEL = 10;

const fact = (name: string, text: string, width: number | undefined): readonly string[] =>
  (width === undefined ? [text] : wrapWords(text, width - LABEL)).map(
    (row, index) => `${(index === 0 ? name : '').padEnd(LABEL)}${row}\n`,
  );

function section(
  title: string,
  header: readonly string[],
  { rows, width }: { readonly rows: readonly (readonly string[])[]; readonly width: number | undefined },
): readonly string[] {
  if (rows.length === 0) return [];
  const rest = rows.length - MAX_ROWS;
  return [
    `\n${title}\n`,
    textTable(header, rows.slice(0, MAX_ROWS), width),
    ...(rest > 0 ? [`... and ${rest} more; -o json has them all\n`] : []),
  ];
}
