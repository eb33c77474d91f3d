/** The answer for a person at a terminal. Pure: an analysis in, lines out. */
import { type CauseName, causeOf } from '../../core/analysis/causes/index.ts';
import { type Evidence, refText } from '../../core/analysis/evidence.ts';
import { hangingText } from '../hanging-rows.ts';
import type { Analysis, Finding } from '../../core/analysis/finding.ts';

/** A person reads the first causes; `-o json` has all. */
const MAX_FINDINGS = 10;
const MAX_EVIDENCE = 4;

/** `width`: of its rows. */
export function answerText(
  { findings, gaps, healthy }: Analysis<CauseName>,
  { what, width }: { readonly what: string; readonly width: number },
): string {
  const lines: string[] = [];
  if (findings.length === 0) {
    lines.push(
      healthy === true
        ? `Nothing is wrong with ${what}, as far as the rules can tell.`
        : `No rule can tell what is wrong with ${what}, or whether anything is.`,
    );
  }
  for (const [index, finding] of findings.slice(0, MAX_FINDINGS).entries())
    lines.push(...findingLines(finding, index + 1), '');
  if (findings.length > MAX_FINDINGS) lines.push(`${findings.length - MAX_FINDINGS} more: see -o json.`, '');
  const unseen = gaps.filter(({ why }) => why !== 'not asked for');
  if (unseen.length > 0)
    lines.push(
      'Not seen, so that nothing was concluded from it:',
      ...unseen.map(
        ({ kind, namespace, why }) => `  ${kind}${namespace === undefined ? '' : ` in ${namespace}`}: ${why}`,
      ),
    );
  return `${hangingText(lines, { width }).trimEnd()}\n`;
}

function findingLines(finding: Finding<CauseName>, number: number): readonly string[] {
  const { cause, root, text, evidence, contradicting, confidence, cures, explains, shows, more = 0 } = finding;
  const { todo } = causeOf(cause);
  const said = (items: readonly Evidence[], title: string) =>
    items.slice(0, MAX_EVIDENCE).map((item) => `  ${title} ${refText(item.source)}: ${item.text}`);
  const types = (title: string, list: readonly string[]) =>
    list.length === 0 ? [] : [`  ${title} ${list.join(', ')}`];
  return [
    `${number}. ${cause} (${confidence}), at ${refText(root)}`,
    `  ${text}`,
    ...(shows.length + more > 1 ? [`  shows in ${shows.length + more} objects`] : []),
    ...said(evidence, 'seen:'),
    ...said(contradicting, 'against it:'),
    `  to do: ${todo}`,
    ...types('helps:', cures.fits),
    ...types('pointless:', cures.pointless),
    ...types('harmful:', cures.harmful),
    ...types('explains also:', explains),
  ];
}
