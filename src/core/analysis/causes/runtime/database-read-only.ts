import { saysInLog } from './log.ts';

export const databaseReadOnly = saysInLog({
  family: 'runtime',
  pattern:
    /--read-only option|read[- ]only transaction|super-read-only|server is running with the --(?:super-)?read-only|READONLY You can.t write|cannot execute \w+ in a read-only|database is (?:in )?read[- ]only|is marked as read only/i,
  means: 'The database takes no writes: it is set to read only.',
  todo: 'Switch the database back to read-write, or connect to its primary.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: [], pointless: ['restart', 'delete', 'scale', 'rollback', 'resize'], harmful: [] },
  text: (name) => `${name} cannot write: its database is read only.`,
});
