/** Why the system refused a file or a socket, in words: `no such file or folder` for ENOENT. */

/** https://nodejs.org/api/errors.html#common-system-errors */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EEXIST: 'a file of that name is there already',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file, and no folder',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk can only be read',
};

export function systemTrouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error)) return error.message;
  return WORDS[String(error.code)] ?? String(error.code);
}
