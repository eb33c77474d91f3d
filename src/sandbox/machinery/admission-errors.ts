/** How admission names what it refuses: k8s.io/apiserver/pkg/admission/errors.go. */
import { type ApiError, forbidden } from './errors.ts';
import { asText } from './json.ts';
import type { AdmissionAttributes } from './machinery.ts';

interface Named {
  readonly name: string;
  readonly object?: Readonly<Record<string, unknown>> | undefined;
}

/** A name that is still to be made is shown as what it will begin with; a collection has none. */
export function admittedName({ name, object }: Named): string {
  if (name !== '') return name;
  const meta = object?.['metadata'] as { readonly name?: unknown; readonly generateName?: unknown } | undefined;
  return asText(meta?.name) || asText(meta?.generateName) || 'Unknown';
}

export const notAdmitted = (attributes: Named & Pick<AdmissionAttributes, 'type'>, problem: string): ApiError =>
  forbidden(attributes.type, admittedName(attributes), problem);

/** Several problems as Go's aggregate shows them. */
export const joined = (problems: readonly string[]): string => {
  const unique = [...new Set(problems)];
  return unique.length === 1 ? (unique[0] as string) : `[${unique.join(', ')}]`;
};
