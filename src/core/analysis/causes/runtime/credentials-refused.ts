import { saysInLog } from './log.ts';

export const credentialsRefused = saysInLog({
  family: 'runtime',
  pattern:
    /Access denied for user|password authentication failed|[Aa]uthentication failed|WRONGPASS|NOAUTH|ACCESS_REFUSED|Login failed for user|invalid username or password|SASL authentication|bad auth|[Ii]nvalid credentials|Unknown database|AuthenticationFailed|UserNotFound|not authorized on [\w.-]+ to execute|permission denied for (?:table|relation|schema|database)/,
  means: 'A server that the program depends on refuses its credentials.',
  todo: 'Compare user and password with those of the server. Look what changed: the Secret, or the account.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['rollback', 'patch'], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: [] },
  text: (name) => `${name} is refused by a server that it depends on: wrong user or password.`,
});
