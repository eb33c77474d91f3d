/**
 * What a model said, guarded. One after the other: it is JSON, it has the right form, it cites items that are there, it
 * is about an object that was shown, its action is one of this policy, something that is not a program's own words
 * speaks for it, the rules do not call the action useless, it is sure enough. Where any of that fails, the result of
 * the rules stands alone.
 *
 * What comes out can hold an action back, or not. It has no member from which an action could be made.
 */
import * as z from 'zod';
import { type Evidence, type ObjectRef, oneLine, refText } from './evidence.ts';
import { actionIds, HOLDING, idsOf, type OfferedAction, OTHER, type Inquiry } from './question.ts';
import { printable } from '../../std/printable.ts';
import { redacted } from './redaction.ts';

/** Why an answer does not count. Each is a label of a metric. */
export const ANSWER_FAILURES = {
  unparsable: 'it is not one JSON object',
  misshapen: 'it has not the members that were asked for',
  inventedEvidence: 'it cites evidence that there is not',
  strangeObject: 'it names an object that was not shown',
  strangeAction: 'it names an action that the policy has not',
  workloadTextAlone: "it rests on a program's own words alone",
  againstRules: 'it wants an action that cannot help, or does harm, by the rules',
  unsure: 'it is less sure than the policy asks for',
  disproved: 'the second question disproved it',
} as const;
export type AnswerFailure = keyof typeof ANSWER_FAILURES;

/** The middle of each band. */
export const CONFIDENCE = { low: 0.3, medium: 0.6, high: 0.9 } as const;

/** `holdBack`: the model sees no action that helps. `noObjection` changes nothing. */
export type Stance = 'holdBack' | 'noObjection';

export interface Advice {
  readonly stance: Stance;
  readonly cause: string;
  /** That has to be put right: one of those that were shown. */
  readonly object: ObjectRef;
  /** For people, on one line each: words of a model, in which nothing may be looked for by a program. */
  readonly summary: string;
  readonly suggestion: string;
  readonly confidence: keyof typeof CONFIDENCE;
  readonly cited: readonly Evidence[];
  readonly contradicting: readonly Evidence[];
}

export type Judged = { readonly advice: Advice } | { readonly failure: AnswerFailure };

/** Cut for people at two sentences; an answer beyond that many characters is none. */
const MAX_SUMMARY = 600;
const MAX_CHARACTERS = 16_384;
/** As many as an answer can weigh against each other. */
const MAX_CITED = 16;

const text = z.string().max(4_000);
const ids = z.array(z.string().max(16)).max(MAX_CITED);
const answerSchema = z.strictObject({
  cause: z.string(),
  object: text,
  summary: text.min(1),
  cites: ids.min(1),
  contradicts: ids,
  action: z.string(),
  expects: text,
  confidence: z.enum(['low', 'medium', 'high']),
});
type Shaped = z.output<typeof answerSchema>;

export interface Terms {
  readonly inquiry: Inquiry;
  /** Of the policy, 0 to 1. */
  readonly minConfidence: number;
}

/** `raw`: with the names put back. */
export function judged(raw: string, terms: Terms): Judged {
  const json = parsed(raw);
  if (json === undefined) return { failure: 'unparsable' };
  const shaped = answerSchema.safeParse(json);
  if (!shaped.success) return { failure: 'misshapen' };
  const failure = GUARDS.find(([, holds]) => !holds(shaped.data, terms))?.[0];
  return failure === undefined ? { advice: adviceOf(shaped.data, terms.inquiry) } : { failure };
}

type Guard = readonly [AnswerFailure, (answer: Shaped, terms: Terms) => boolean];

/** In this order: each may rely on those before it. */
const GUARDS: readonly Guard[] = [
  ['misshapen', ({ cause }, { inquiry }) => cause === OTHER || inquiry.causes.includes(cause)],
  [
    'inventedEvidence',
    ({ cites, contradicts }, { inquiry }) => {
      const known = idsOf(inquiry.evidence);
      return [...cites, ...contradicts].every((id) => known.has(id));
    },
  ],
  ['strangeObject', ({ object }, { inquiry }) => shown(object, inquiry) !== undefined],
  ['strangeAction', ({ action }, { inquiry }) => holds(action) || offered(action, inquiry) !== undefined],
  ['workloadTextAlone', ({ cites }, { inquiry }) => isGrounded(cites, inquiry)],
  ['againstRules', ({ action }, { inquiry }) => holds(action) || !isUseless(action, inquiry)],
  ['unsure', ({ confidence }, { minConfidence }) => CONFIDENCE[confidence] >= minConfidence],
];

const holds = (action: string): boolean => HOLDING.some((word) => word === action);

const offered = (action: string, { actions }: Inquiry): OfferedAction | undefined => actionIds(actions).get(action);

const shown = (object: string, { target, evidence, rules }: Inquiry): ObjectRef | undefined =>
  [target, ...evidence.map(({ source }) => source), ...rules.findings.map(({ root }) => root)].find(
    (ref) => refText(ref) === object,
  );

const itemsOf = (cited: readonly string[], { evidence }: Inquiry): readonly Evidence[] => {
  const known = idsOf(evidence);
  return [...new Set(cited)].flatMap((id) => known.get(id) ?? []);
};

const isGrounded = (cited: readonly string[], inquiry: Inquiry): boolean =>
  itemsOf(cited, inquiry).some(({ trust }) => trust !== 'workload-text');

/** Pointless for the first cause; harmful for any. */
function isUseless(action: string, inquiry: Inquiry): boolean {
  const type = offered(action, inquiry)?.type;
  if (type === undefined) return true;
  const { findings } = inquiry.rules;
  return (
    (findings[0]?.cures.pointless.includes(type) ?? false) || findings.some(({ cures }) => cures.harmful.includes(type))
  );
}

function adviceOf(answer: Shaped, inquiry: Inquiry): Advice {
  const { action, expects } = answer;
  return {
    stance: holds(action) ? 'holdBack' : 'noObjection',
    cause: answer.cause,
    object: shown(answer.object, inquiry) ?? inquiry.target,
    summary: safe(answer.summary),
    suggestion: safe([offered(action, inquiry)?.name ?? action, expects].filter(Boolean).join(': ')),
    confidence: answer.confidence,
    cited: itemsOf(answer.cites, inquiry),
    contradicting: itemsOf(answer.contradicts, inquiry),
  };
}

const safe = (words: string): string => oneLine(printable(redacted(words)), MAX_SUMMARY);

function parsed(raw: string): unknown {
  if (raw.length > MAX_CHARACTERS) return undefined;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    // Bad input of a server, which its caller counts.
    return undefined;
  }
}

const disproofSchema = z.strictObject({ disproved: z.boolean(), cites: ids });

/**
 * After the second question. Advice stands unless it was disproved by an item that is not a program's own words. An
 * answer that does not count disproves nothing, but a check that was asked for and failed leaves the rules alone.
 */
export function afterDisproof(advice: Advice, raw: string, { inquiry }: Terms): Judged {
  const json = parsed(raw);
  if (json === undefined) return { failure: 'unparsable' };
  const shaped = disproofSchema.safeParse(json);
  if (!shaped.success) return { failure: 'misshapen' };
  const { disproved, cites } = shaped.data;
  const known = idsOf(inquiry.evidence);
  if (!cites.every((id) => known.has(id))) return { failure: 'inventedEvidence' };
  return disproved && isGrounded(cites, inquiry) ? { failure: 'disproved' } : { advice };
}
