/**
 * Selectors that a review of access asks about. What cannot be read of them is left out, and told. After
 * k8s.io/kubernetes/pkg/registry/authorization/util.
 */
import { labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import { ApiError } from '../machinery/errors.ts';
import { asList, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { parseFieldSelector, parseLabelSelector } from '../machinery/selectors.ts';

/** Nothing is wrong with it, some of it, or all. */
type Readable = 'whole' | 'partly' | 'not';

function parses(parse: () => unknown): Readable {
  try {
    parse();
    return 'whole';
  } catch (error) {
    if (error instanceof ApiError) return 'not';
    throw error;
  }
}

function isFieldRequirement(requirement: Draft): boolean {
  const { operator } = requirement;
  return (operator === 'In' || operator === 'NotIn') && asList(requirement['values']).length === 1;
}

function isLabelRequirement(requirement: Draft): boolean {
  const values = asList(requirement['values']).map(asText);
  const listed = requirement['operator'] === 'In' || requirement['operator'] === 'NotIn';
  const single = requirement['operator'] === 'Exists' || requirement['operator'] === 'DoesNotExist';
  return (
    ((listed && values.length > 0) || (single && values.length === 0)) &&
    qualifiedNameProblems(asText(requirement['key'])).length === 0 &&
    values.every((value) => labelValueProblems(value).length === 0)
  );
}

const KINDS = {
  fieldSelector: { parse: parseFieldSelector, isReadable: isFieldRequirement },
  labelSelector: { parse: parseLabelSelector, isReadable: isLabelRequirement },
} as const;

function readable(selector: unknown, { parse, isReadable }: (typeof KINDS)[keyof typeof KINDS]): Readable {
  if (!isObject(selector)) return 'whole';
  const raw = asText(selector['rawSelector']);
  if (raw !== '') return parses(() => parse(raw));
  const requirements = objectsOf(selector['requirements']);
  const good = requirements.filter(isReadable).length;
  if (good === requirements.length) return 'whole';
  return good > 0 ? 'partly' : 'not';
}

/** Empty where all could be read. */
export function selectorProblems(spec: Draft): string {
  const parts = Object.entries(KINDS).flatMap(([name, kind]) => {
    const found = readable(at(spec, 'resourceAttributes', name), kind);
    if (found === 'whole') return [];
    return [`spec.resourceAttributes.${name} ${found === 'partly' ? 'partially ' : ''}ignored due to parse error`];
  });
  return parts.join('; ');
}
