import { saysInLog } from './log.ts';

export const outOfMemoryInside = saysInLog({
  family: 'runtime',
  pattern: /java\.lang\.OutOfMemoryError|heap out of memory|[Cc]annot allocate memory|std::bad_alloc|MemoryError\b/,
  means: 'The program runs out of its own memory, below the limit of the container.',
  todo: 'Raise the heap of the runtime, or let the program use less.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['restart', 'rollback', 'resize'], pointless: ['scale'], harmful: [] },
  text: (name) => `${name} runs out of the memory that its runtime gives it.`,
});
