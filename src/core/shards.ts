/** Which shard a namespace falls to. All its policies, and all actions of these, are worked on by one process. */

/**
 * From 0 to `count - 1`. It is the same in every process and every release: a policy that moves while its shards are
 * held would be worked on twice. FNV-1a over the UTF-8 bytes, of 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
 */
export function shardOf(namespace: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(namespace)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % count;
}
