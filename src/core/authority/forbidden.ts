/** What a person has to add to a role, told from the API server's own words of a refusal. */

/**
 * As the API server writes it: `pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the
 * namespace "n"`. https://github.com/kubernetes/kubernetes: apiserver/pkg/endpoints/handlers/responsewriters/errors.go
 */
const REFUSAL =
  /User "([^"]+)" cannot ([a-z:-]+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)"| at the cluster scope)/;

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Whether a right is missing, as opposed to an admission plugin that refuses this one object. */
export const isMissingRight = (message: string): boolean => REFUSAL.test(message);

/** What a cache of a kind needs: a right to list alone is followed by a refusal to watch. */
export const TO_WATCH = ['get', 'list', 'watch'] as const;

/** The message, and the rule to add when it names one: with the verb that was refused, or with all that are needed. */
export function withMissingRule(message: string, needed?: readonly string[]): string {
  const found = REFUSAL.exec(message);
  if (found === null) return message;
  const [, user = '', verb = '', resource = '', group = '', namespace] = found;
  const account = ACCOUNT.exec(user);
  if (verb.startsWith('impersonate'))
    return `${message}; ${user} may not act as another account: apply the roles of \`kubeskippy install --tenancy shared\``;
  const role = namespace === undefined ? 'a ClusterRole' : `a Role of namespace ${namespace}`;
  const to = account === null ? `user ${user}` : `ServiceAccount ${account[1]}/${account[2]}`;
  return `${message}; add {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ${JSON.stringify(needed ?? [verb]).replaceAll(',', ', ')}} to ${role} that is bound to ${to}`;
}
