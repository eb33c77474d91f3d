/** Lists such as `1,3-5,7` of a Job's indexes: validateIndexesFormat of k8s.io/kubernetes/pkg/apis/batch/validation. */

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** A text says why it cannot be read. */
function intervalOf(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
  }
  const [first = 0, last = first] = limits.map(Number);
  if (limits.length === 2 && first >= last) return `non-increasing order, previous: ${first}, current: ${last}`;
  return { first, last };
}

/** How many indexes it names, or why it cannot be read. */
export function countIndexes(text: string, completions: number): number | string {
  let total = 0;
  let before: number | undefined;
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = intervalOf(part, completions);
    if (typeof interval === 'string') return interval;
    if (before !== undefined && before >= interval.first)
      return `non-increasing order, previous: ${before}, current: ${interval.first}`;
    total += interval.last - interval.first + 1;
    before = interval.last;
  }
  return total;
}

/** The first index of both lists. What cannot be read is left out. */
export function sharedIndex(one: string, other: string, completions: number): number | undefined {
  const readable = (text: string) =>
    text.split(',').flatMap((part) => {
      const interval = intervalOf(part, completions);
      return typeof interval === 'string' ? [] : [interval];
    });
  const others = readable(other);
  for (const { first, last } of readable(one)) {
    const shared = others.find((interval) => first <= interval.last && interval.first <= last);
    if (shared) return Math.max(first, shared.first);
  }
  return undefined;
}
