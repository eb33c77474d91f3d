/** What the embedded server refuses, field by field. */
import { ApiError } from '../machinery/errors.ts';

/** `field: message` of each cause of a refusal; empty where it was taken. */
export function refusedFields(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return (error.status.details?.causes ?? []).map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`);
  }
}
