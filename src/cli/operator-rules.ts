/** The settings, as far as decisions read them: the operator and `explain` start from the same. */
import { interestOf } from '../api/endpoint-schema.ts';
import type { OperatorSettings } from '../api/operator-config.ts';
import type { OperatorConfig } from '../operator/ports.ts';

/** What decisions read of the settings. */
export const operatorRules = (settings: OperatorSettings, namespace: string): OperatorConfig => ({
  namespace,
  clusterPolicyNamespaces: settings.clusterPolicyNamespaces ?? [namespace],
  protectedNamespaces: settings.protectedNamespaces,
  impersonation: settings.impersonation,
  deniedKinds: settings.deniedKinds,
  maxActionsPerHour: settings.maxActionsPerHour,
  maxConcurrent: settings.maxConcurrent,
  namespaceLimits: settings.namespaceLimits,
  commonCause: settings.commonCause,
  dryRun: settings.dryRun ? 'All' : 'none',
  policyNamespace: settings.namespace,
  actionRetentionMs: settings.actionRetentionMs,
  actionRetentionCount: settings.actionRetentionCount,
  evaluationIntervalMs: settings.evaluationIntervalMs,
  approvals: settings.approvals,
  handMade: settings.handMade,
  notifications: {
    channels: settings.notifications.channels ?? settings.channels.map(({ name }) => name),
    reasons: settings.notifications.reasons,
    grants: Object.fromEntries(
      settings.channels.flatMap(({ name, namespaces }) => (namespaces === undefined ? [] : [[name, namespaces]])),
    ),
    interests: Object.fromEntries(settings.channels.map(({ name, type }) => [name, interestOf(type)])),
  },
});
