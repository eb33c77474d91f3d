/** Lists of status conditions, as apimachinery's helpers change them. */
import type { WorkloadCondition } from '../runtime/shapes.ts';

export function conditionOf(
  conditions: readonly WorkloadCondition[] | undefined,
  type: string,
): WorkloadCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export const withoutCondition = (
  conditions: readonly WorkloadCondition[],
  type: string,
): readonly WorkloadCondition[] => conditions.filter((condition) => condition.type !== type);
