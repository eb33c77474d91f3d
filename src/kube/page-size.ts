/**
 * How many objects the next page of a list is asked for. A page is decoded at once, and nothing else runs meanwhile:
 * JSON takes 10 to 25 ms for a megabyte (bench/README.md). So a page is as large as the last one says that a
 * megabyte is.
 */
const WANTED_BYTES = 1_000_000;
/** kubectl asks for so many. */
const MAX_OBJECTS = 500;
/** Of the first page, whose objects nobody has seen: at 20 KB an object, which is a large one, a megabyte. */
export const FIRST_PAGE = 50;

/**
 * Grows four times at most, as the next objects may be larger. `bytes`: absent where the answer did not come as bytes.
 */
export function nextPageSize({
  items,
  bytes,
}: {
  readonly items: readonly unknown[];
  readonly bytes?: number;
}): number {
  if (bytes === undefined) return MAX_OBJECTS;
  const count = Math.max(1, items.length);
  return Math.max(1, Math.min(MAX_OBJECTS, 4 * count, Math.floor((WANTED_BYTES * count) / Math.max(1, bytes))));
}
