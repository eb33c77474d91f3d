/** What is known of one target of a policy, between two looks at it. */
import type { Instant } from '../../std/clock.ts';
import type { TargetRef } from '../observation.ts';
import type { Decision, Standing, TargetState } from './evaluate-target.ts';

export interface TargetView {
  readonly ref: TargetRef;
  readonly state: TargetState;
  readonly standing: Standing;
  readonly decision: Decision;
  /** UID of the unit that an action on it disrupts. */
  readonly rootUid?: string;
  /** People were told that it is healed too often; until it is healed again. */
  readonly chronic?: 'told';
  /** When an action was last proposed that has not come to be. */
  readonly triedAt?: Instant;
}
