/** What is wrong with an object that the API server accepted, in words and by field. */
import type * as z from 'zod';

export interface Problem {
  /** As the API server names fields: `spec.triggers[0].conditionTrigger.duration`. */
  readonly path: string;
  /** A sentence without a final stop. */
  readonly message: string;
  /** CamelCase, for the `Ready` condition. */
  readonly reason:
    | 'InvalidField'
    | 'InvalidDuration'
    | 'InvalidSelector'
    | 'InvalidPattern'
    | 'InvalidQuery'
    | 'TooExpensive'
    | 'NoTarget'
    | 'InvalidExpression'
    | 'InvalidWindow';
  /** Set when it concerns one trigger (or action) only: the rest of the policy works without it. */
  readonly trigger?: string;
  readonly action?: string;
}

export type PathSegment = string | number;

export function fieldPath(segments: readonly PathSegment[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(segment)) path += path === '' ? segment : `.${segment}`;
    else path += `[${segment}]`;
  }
  return path;
}

/** The schema's findings, worded for people who never heard of the schema's library. */
export function problemOfIssue(issue: z.core.$ZodIssue): Problem {
  const path = fieldPath(issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment)));
  const isDuration =
    issue.code === 'invalid_format' && issue.format === 'regex' && issue.pattern?.includes('(ns|us|') === true;
  if (isDuration) return { path, message: 'must be a duration such as 90s, 5m or 1h30m', reason: 'InvalidDuration' };
  return { path, message: sentence(issue), reason: 'InvalidField' };
}

function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return issue.input === undefined && issue.message.includes('undefined')
        ? 'is required'
        : `must be of type ${issue.expected}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'field' : 'fields'} ${issue.keys.join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must have at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'elements'}`
        : `must be ${issue.minimum} or more`;
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must have at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'elements'}`
        : `must be ${issue.maximum} or less`;
    case 'invalid_format':
      return 'pattern' in issue && issue.pattern !== undefined
        ? `must match ${issue.pattern}`
        : `must be a valid ${issue.format}`;
    default:
      // `Invalid input` begins a sentence; `BASH_ENV` and `RE2` are names.
      return /^[A-Z][a-z]/.test(issue.message)
        ? issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
        : issue.message;
  }
}
