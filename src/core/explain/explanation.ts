/**
 * Why something was decided, part by part, in words and with the figures. Plain data: what people read, or a program.
 */
import type { ExplainedGate } from './explained-gates.ts';
import type { ExplainedTrigger } from './explained-triggers.ts';

export interface Explanation {
  /** None where no trigger is looked at. */
  readonly triggers: readonly ExplainedTrigger[];
  /** Which step of the ladder is next; absent while nothing fires, and where an action exists already. */
  readonly ladder?: string;
  /** Of the episode, oldest first: each action, and what came of it. Absent where none was taken. */
  readonly tried?: readonly string[];
  /** None where no gate is asked. */
  readonly gates: readonly ExplainedGate[];
  /** Why the target is unwell; absent where it was not looked. */
  readonly why?: string;
  readonly decision: string;
}
