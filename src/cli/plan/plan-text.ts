/** A plan as a person reads it: of `kubeskippy plan`, and of what is to be approved. */
import { stringify } from 'yaml';
import type { ActionKind, PlanResult } from '../../core/actions/action-kind.ts';
import { given } from '../../std/given.ts';
import { printableLine } from '../../std/printable.ts';
import { hangingText } from '../hanging-rows.ts';

type Planned = Extract<PlanResult, { readonly kind: 'requests' }>;
export type ShownPlan = Pick<Planned, 'summary' | 'requests' | 'next'> & Partial<Pick<Planned, 'changes'>>;

/** Absent: of a plugin that is not there. */
export type Proving = Pick<ActionKind, 'proof'> | undefined;

const PROOFS: Readonly<Record<ActionKind['proof'], string>> = {
  healed: 'the target, or what replaces it, is healthy and the trigger no longer fires, for 10 seconds',
  effect: 'what was asked for is there, for 10 seconds',
  answer: 'the answer',
};

/** `width`: of the terminal, for the text. */
export interface PlanForm {
  readonly output: 'text' | 'json' | 'yaml';
  readonly width?: number | undefined;
}

export function planAs({ output, width }: PlanForm, plan: ShownPlan, proving: Proving): string {
  if (output === 'text')
    return hangingText(
      planLines(plan, proving).flatMap((line) => bodyRows(line, width)),
      { width },
    );
  return valueAs(output, planValue(plan, proving));
}

/** Of an action that waits, or has done all it does. */
export function nothingAs({ output, width }: PlanForm, why: string): string {
  if (output === 'text') return hangingText([printableLine(`nothing to send now: ${why}`)], { width });
  return valueAs(output, { summary: why, requests: [], anotherStageFollows: false });
}

const valueAs = (output: 'json' | 'yaml', value: object): string =>
  output === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value, { lineWidth: 0 });

export const planValue = ({ summary, requests, changes, next }: ShownPlan, proving: Proving) => ({
  summary,
  requests,
  ...given({ changes }),
  anotherStageFollows: next === 'plan again',
  ...given({ proof: proving?.proof }),
});

/**
 * A body is one long word. On a terminal it goes on behind a comma or a brace, where JSON may have a blank: what is
 * copied from there is the same body.
 */
function bodyRows(line: string, width: number | undefined): readonly string[] {
  const [, head = '', body = ''] = /^( *[\w.+-]+\/[\w.+-]+: )(\{.*)$/.exec(line) ?? [];
  if (body === '' || width === undefined || line.length <= width) return [line];
  const indent = ' '.repeat(/^ */.exec(head)?.[0].length ?? 0);
  const rows = [head.trimEnd()];
  for (const [token] of body.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^",{[])*(?:[,{[]+|$)/g)) {
    const last = rows.at(-1) ?? '';
    if (rows.length > 1 && last.length + token.length <= width) rows[rows.length - 1] = last + token;
    else if (token !== '') rows.push(`${indent}  ${token}`);
  }
  return rows;
}

function planLines({ summary, requests, changes = [], next }: ShownPlan, proving: Proving): readonly string[] {
  const lines = [summary, ''];
  for (const [index, request] of requests.entries()) lines.push(...requestLines(request, index + 1));
  if (changes.length > 0) lines.push('', 'changes');
  for (const { resourceRef, field, oldValue, newValue } of changes)
    lines.push(`  ${resourceRef} ${field}: ${oldValue ?? '(absent)'} -> ${newValue ?? '(gone)'}`);
  if (next === 'plan again')
    lines.push('', 'Another stage follows; it is planned when this one has been seen to be done.');
  lines.push('');
  if (proving !== undefined) lines.push(`Proof: ${PROOFS[proving.proof]}.`);
  lines.push('Nothing was sent but reads and dry runs.');
  return lines.map(printableLine);
}

function requestLines(request: ShownPlan['requests'][number], number: number): readonly string[] {
  const { method, path, endpoint, body, contentType = 'application/json', precondition = {}, inverse } = request;
  const { uid, resourceVersion } = precondition;
  const only = [
    ...(uid === undefined ? [] : [`UID ${uid}`]),
    ...(resourceVersion === undefined ? [] : [`resourceVersion ${resourceVersion}`]),
  ];
  return [
    `${number}. ${method} ${endpoint === undefined ? path : `endpoint ${endpoint}`}`,
    ...(body === undefined ? [] : [`   ${contentType}: ${body}`]),
    `   only if the object has ${only.length > 0 ? only.join(' and ') : 'not changed its name'}`,
    ...(inverse === undefined ? ['   undo: none'] : inverseLines(inverse)),
  ];
}

function inverseLines(inverse: NonNullable<ShownPlan['requests'][number]['inverse']>): readonly string[] {
  const { description, method, path, body, contentType = 'application/json', guard } = inverse;
  return [
    `   undo: ${description}`,
    `     ${method} ${path}`,
    ...(body === undefined ? [] : [`     ${contentType}: ${body}`]),
    ...Object.entries(guard).map(([pointer, value]) => `     only while ${pointer} is ${value}`),
  ];
}
