import { saysInLog } from '../runtime/log.ts';

export const volumePermissionDenied = saysInLog({
  family: 'startup',
  pattern:
    /[Pp]ermission denied|EACCES|Read-only file system|EROFS|[Oo]peration not permitted|[Cc]an.t open the append[- ]only|Failed opening the .{0,40}file|AccessDeniedException/,
  means: 'The program may not read or write a file of its volume.',
  todo: 'Set fsGroup or runAsUser so that it may, or correct the owner of the files or readOnly of the mount.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['rollback', 'patch'], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: [] },
  text: (name) => `${name} may not use a file or folder of its volume.`,
});
