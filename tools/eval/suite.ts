/** A suite of `make eval`: looks at clusters in which something is wrong, each with the answer that is right. */
import type { Snapshot } from '../../src/core/analysis/snapshot.ts';
import type { Expected } from './score.ts';

export interface EvalCase {
  readonly name: string;
  readonly expected: Expected;
  readonly snapshot: Snapshot;
}

export interface Suite {
  readonly title: string;
  /** How many cases there are, and one of them: a case is made when it is asked for. */
  readonly names: readonly string[];
  /** Parts of a public suite that are not played here. */
  readonly without?: readonly string[];
  readonly read: (name: string) => EvalCase | Promise<EvalCase>;
}
