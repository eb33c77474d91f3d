/** One meaning of a reason, for the person who meets it. */
export interface Meaning {
  /** What happened, in one or two sentences. */
  readonly means: string;
  /** The next step, as an instruction. */
  readonly todo: string;
  /** Where it is met, when that differs from the rest of its list. */
  readonly shows?: string;
}

export type Meanings = Readonly<Record<string, Meaning>>;

/** Reasons that are met in the same place and come from the same part of the code. */
export interface ReasonList {
  readonly title: string;
  /** Where a person meets them. */
  readonly shows: string;
  /** Files and folders in which the code says them. The house test looks for each reason there. */
  readonly from: readonly string[];
  readonly reasons: Meanings;
}

/**
 * A reason in words that are not ours: the code of a server (`EtcdTimedOut` of an aggregated API), the refusal of a
 * plugin, a reason read back from a status that another version wrote. The brand keeps any other string out.
 */
export type ForeignReason = string & { readonly [foreign]: true };
declare const foreign: unique symbol;

/** What a status takes as a reason: a CamelCase word, well below its limit of 128 characters. */
const WORD = /^[A-Z][A-Za-z0-9]{0,63}$/;

export const isForeignReason = (text: string): text is ForeignReason => WORD.test(text);

/** What was said as the reason, where that is a word: a server may say `etcdserver: no leader`. */
export const wordOf = (text: string): ForeignReason | 'Unknown' => (isForeignReason(text) ? text : 'Unknown');
