/** Patterns of JSON pointers: `*` stands for one segment, `**` at the end for all below. */
import { segmentsOf } from '../../std/json.ts';

export const coversField = (patterns: readonly string[], path: readonly string[]): boolean =>
  patterns.some((pattern) => matches(segmentsOf(pattern), path));

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const deep = pattern.at(-1) === '**';
  const fixed = deep ? pattern.slice(0, -1) : pattern;
  if (deep ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((segment, index) => segment === '*' || segment === path[index]);
}
