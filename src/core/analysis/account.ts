/**
 * What people are told of an analysis: `status.analysis` of an action, an Event on the workload, a paragraph of a
 * notification. Secrets and addresses are taken out, since all three are read by more people than the objects are.
 */
import type { ActionType } from '../../api/action-template.ts';
import { type AnalysisResult, MAX_ANALYSIS_EVIDENCE } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import { toTimestamp } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { Announcement } from '../announcement.ts';
import { describeTarget, type TargetRef } from '../observation.ts';
import type { Advice } from './answer.ts';
import type { Bundle } from './bundle.ts';
import { CAUSE_NAMES, type CauseName, causeOf } from './causes/index.ts';
import { type Evidence, oneLine, refText } from './evidence.ts';
import type { Analysis, Finding } from './finding.ts';
import { redacted } from './redaction.ts';
import { isSettled, MAX_CAUSES, remedyText } from './standing.ts';

/** What a model said, or why nothing that it said counts. */
export type ModelSaid = { readonly advice: Advice } | { readonly failure: string };

export function accountOf(analysis: Analysis<CauseName>, { digest }: Pick<Bundle, 'digest'>): AnalysisResult {
  const [first, ...others] = analysis.findings;
  const unseen = [...new Set(analysis.gaps.map(({ kind }) => kind))];
  return {
    ...ifGiven(first, (finding) => causePart(finding)),
    ...(others.length > 0 && { others: others.slice(0, MAX_CAUSES).map(({ cause }) => cause) }),
    ...(!isSettled(analysis.findings) && unseen.length > 0 && { unseen: unseen.slice(0, MAX_UNSEEN) }),
    digest,
    at: toTimestamp(analysis.at),
  };
}

/** As many as the schema takes. */
const MAX_UNSEEN = 16;

function causePart(finding: Finding<CauseName>): Omit<AnalysisResult, 'digest' | 'at'> {
  const { cause, root, text, confidence, since, cures } = finding;
  const { fits, pointless, harmful } = cures;
  return {
    cause,
    object: refText(root).slice(0, 512),
    message: safe(text),
    todo: causeOf(cause).todo,
    confidence,
    ...given({ since: ifGiven(since, toTimestamp) }),
    evidence: [...finding.evidence, ...finding.contradicting].slice(0, MAX_ANALYSIS_EVIDENCE).map(evidencePart),
    helps: [...fits],
    pointless: [...pointless],
    harmful: [...harmful],
  };
}

const evidencePart = ({ source, trust, text, time }: Evidence) => ({
  source: refText(source).slice(0, 512),
  trust,
  text: safe(text),
  ...given({ time: ifGiven(time, toTimestamp) }),
});

const safe = (text: string): string => oneLine(redacted(text), MAX_MESSAGE);

/** With what a model said of it. */
export function withModel(account: AnalysisResult, said: ModelSaid): AnalysisResult {
  if ('failure' in said) return { ...account, model: { stance: 'none', failure: said.failure } };
  const { stance, cause, summary, suggestion, confidence } = said.advice;
  return { ...account, model: { stance, cause, summary, suggestion, confidence } };
}

/** Whether the one says another thing than the other to a person who reads both; evidence grows all the time. */
export const saysTheSame = (one: AnalysisResult | undefined, other: AnalysisResult | undefined): boolean =>
  JSON.stringify(gist(one)) === JSON.stringify(gist(other));

const gist = (result: AnalysisResult | undefined) =>
  result && [result.cause, result.object, result.confidence, result.model];

/** A paragraph for people; undefined where nothing is known. `type`: of the action that is meant. */
export function whyText(result: AnalysisResult | undefined, type?: ActionType): string | undefined {
  if (result?.cause === undefined) return result?.model?.summary && `A model says: ${result.model.summary}`;
  const { cause, confidence = 'likely', message = '', todo = '', model } = result;
  const known = CAUSE_NAMES.find((name) => name === cause);
  const remedy = type && known && remedyText([{ cause: known, confidence }], type);
  const said = model?.summary === undefined ? undefined : `A model says: ${model.summary}`;
  return [`Why: ${cause} (${confidence}). ${message}`, remedy, `To do: ${todo}`, said].filter(Boolean).join(' ');
}

/** On the workload, once an episode, and again when another cause is found. */
export function causeNews(target: TargetRef, result: AnalysisResult): Announcement | undefined {
  const { cause, message = '', todo = '' } = result;
  if (cause === undefined) return undefined;
  return { type: 'Warning', reason: 'CauseFound', message: `${describeTarget(target)}: ${cause}: ${message} ${todo}` };
}
