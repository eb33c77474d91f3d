import { saysInLog } from './log.ts';

export const connectionsExhausted = saysInLog({
  family: 'runtime',
  pattern:
    /Too many connections|too many clients already|max_user_connections|max_connections|remaining connection slots are reserved|Connection is not available, request timed out|connection pool (?:is )?exhausted|[Pp]ool (?:exhausted|is full)|max number of clients reached|Could not get a resource from the pool/,
  means: 'The database, or the pool in front of it, has no connection left.',
  todo: 'Look which clients keep connections, and raise the limit or lower the size of the pools.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['restart'], pointless: ['resize', 'rollback'], harmful: ['scale'] },
  text: (name) => `${name} gets no connection: those of its database or of its pool are used up.`,
});
