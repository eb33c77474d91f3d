import { saysInLog } from './log.ts';

export const diskFull = saysInLog({
  family: 'runtime',
  pattern: /No space left on device|ENOSPC|[Dd]isk quota exceeded|disk is full|not enough disk space/,
  means: 'The file system that the program writes to is full.',
  todo: 'Make room, or enlarge the volume.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['patch'], pointless: ['restart', 'rollback', 'scale', 'resize'], harmful: [] },
  text: (name) => `${name} cannot write: its file system is full.`,
});
