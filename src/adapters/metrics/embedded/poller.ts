/** Series that are asked for once a round, beside those that objects become. */
import type { UnknownReason } from '../../../operator/ports.ts';
import type { KindFamilies, Readable } from './family.ts';
import type { Wanted } from './object-series.ts';

export interface PollContext {
  readonly isWanted: (family: string) => boolean;
  /** Live objects of a kind by `namespace/name`. */
  readonly objects: (kind: KindFamilies) => ReadonlyMap<string, Readable>;
}

export interface PollProblem {
  readonly reason: UnknownReason;
  readonly message: string;
}

export interface Poller {
  /** The beginning of its owners' names in the storage. */
  readonly name: string;
  /** Kinds that it looks at while it is asked. */
  readonly kinds: readonly KindFamilies[];
  /** Why a family is not known now; undefined after a poll that answered. */
  readonly problem: PollProblem | undefined;
  provides(family: string): boolean;
  /** Undefined: nothing was answered. What was known grows old then; windows begin anew with the next answer. */
  poll(context: PollContext, signal: AbortSignal): Promise<readonly Wanted[] | undefined>;
}
