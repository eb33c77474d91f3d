/** What rules find, and what becomes of it. */
import type { ActionType } from '../../api/action-template.ts';
import type { Instant } from '../../std/clock.ts';
import type { Evidence, ObjectRef } from './evidence.ts';
import type { Gap } from './snapshot.ts';
import type { AnalysisKind, ObjectsByKind } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

export const FAMILIES = [
  'admission',
  'scheduling',
  'startup',
  'runtime',
  'service',
  'performance',
  'infrastructure',
  'rollout',
] as const;
export type Family = (typeof FAMILIES)[number];

/** What a rule finds in one object. */
export interface Found {
  /**
   * The object that has to be put right, which is the root: a missing ConfigMap, not the pods that want it. Findings
   * with one root and one cause are one. Omitted: the object that was looked at, or the workload that owns it.
   */
  readonly root?: ObjectRef;
  /** One sentence with names and numbers. */
  readonly text: string;
  /** At least one item. */
  readonly evidence: readonly [Evidence, ...Evidence[]];
  /** What speaks against it. A finding with any ranks below all that have none. */
  readonly contradicting?: readonly Evidence[];
  /** When it began, where that is known. */
  readonly since?: Instant;
  /**
   * Set when it was derived by elimination or from a program's own words. It ranks below what the cluster itself says.
   */
  readonly likely?: true;
}

/**
 * How near a cause is to what has to be changed. `exact`: it names the field or object that is wrong. `place`: it
 * names the part that fails. `symptom`: it says how it fails, and holds only where nothing better was found.
 */
export type Specificity = 'exact' | 'place' | 'symptom';

/** Effects of an action type on a cause. A type that is in none of the lists neither helps nor does harm for sure. */
export interface Cures {
  /** Types that remove the cause, or move the load away from it. */
  readonly fits: readonly ActionType[];
  /** Types that change nothing about it. */
  readonly pointless: readonly ActionType[];
  /** Types that make it worse or lose what is needed to put it right. */
  readonly harmful: readonly ActionType[];
}

/** One cause: what it is called, when it holds, and what to do. A file each. */
export interface Cause<K extends AnalysisKind = AnalysisKind> {
  readonly family: Family;
  readonly specificity: Specificity;
  /** One sentence for people who have not met it: what is wrong. */
  readonly means: string;
  /** The next step of a person, as an instruction. */
  readonly todo: string;
  /** When the rule holds: what it reads. For the reference page. */
  readonly when: string;
  /** What it is contradicted by. For the reference page. */
  readonly unless: string;
  readonly cures: Cures;
  /** The kinds of objects that it looks at, one by one. */
  readonly kinds: readonly K[];
  find(object: ObjectsByKind[K], snapshot: Snapshot): Found | undefined;
}

/** A finding of the whole: several of one cause with one root have become one. */
export interface Finding<Name extends string = string> {
  readonly cause: Name;
  readonly family: Family;
  readonly root: ObjectRef;
  /** Objects in which it shows, at most {@link MAX_SHOWN}; `more` counts the rest. */
  readonly shows: readonly ObjectRef[];
  readonly more?: number;
  readonly text: string;
  readonly evidence: readonly Evidence[];
  readonly contradicting: readonly Evidence[];
  readonly since?: Instant;
  /** Causes that were found as well and follow from this one. */
  readonly explains: readonly Name[];
  readonly confidence: 'certain' | 'likely' | 'contested';
  readonly cures: Cures;
}

/** Enough to see the pattern; a person reads no further. */
export const MAX_SHOWN = 5;

/** Findings best first. None: the rules abstain. */
export interface Analysis<Name extends string = string> {
  readonly at: Instant;
  readonly findings: readonly Finding<Name>[];
  /** Why nothing, or less than could be, was concluded. */
  readonly gaps: readonly Gap[];
  /** Set when nothing is unwell that was looked at. */
  readonly healthy?: true;
}
