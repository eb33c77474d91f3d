/** The controllers of a controller manager. */
import type { Catalog, Context } from '../runtime/context.ts';
import { startAttributesProtection } from './attributes-protection.ts';
import { type AccountTokenOptions, startAccountTokens } from './account-tokens.ts';
import { startBudgets } from './budget.ts';
import { startClaimProtection } from './claim-protection.ts';
import { startCronJobs } from './cron-job.ts';
import { startDaemonSets } from './daemon-set.ts';
import { startDeployments } from './deployment.ts';
import { startEndpointMirror } from './endpoint-mirror.ts';
import { startEndpoints } from './endpoints.ts';
import { startEphemeralClaims } from './ephemeral-claims.ts';
import { startEventExpiry } from './event-expiry.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { startAutoscalers, type UsageSource } from './autoscaler.ts';
import { startJobs } from './job.ts';
import { startNamespaceContents, startNamespaceDeletion } from './namespaces.ts';
import { startNodeLifecycle } from './node-lifecycle.ts';
import { startPodGarbageCollector } from './pod-gc.ts';
import { startQuotas } from './quota.ts';
import { startRoleAggregation } from './role-aggregation.ts';
import { startReplicaSets, startReplicationControllers } from './replica-set.ts';
import { startStatefulSets } from './stateful-set.ts';
import { startVolumeBinder } from './volume-binder.ts';
import { startVolumeProtection } from './volume-protection.ts';

export interface ControllerOptions extends Pick<AccountTokenOptions, 'accountToken'> {
  readonly catalog: Catalog;
  /** Whether kubelets renew leases: without, silence says nothing about a node. */
  readonly heartbeats: 'on' | 'off';
  /** PEM for `kube-root-ca.crt`. */
  readonly rootCa: string;
  readonly usage: UsageSource;
}

export function startControllers(context: Context, options: ControllerOptions): void {
  startNamespaceContents(context, options);
  startNamespaceDeletion(context, options);
  startAccountTokens(context, options);
  startDeployments(context);
  startReplicaSets(context);
  startReplicationControllers(context);
  startStatefulSets(context);
  startDaemonSets(context);
  startJobs(context);
  startCronJobs(context);
  startBudgets(context);
  startEndpoints(context);
  startEndpointMirror(context);
  startAutoscalers(context, options.usage);
  startGarbageCollector(context, options.catalog);
  startNodeLifecycle(context, options);
  startPodGarbageCollector(context);
  startClaimProtection(context);
  startVolumeProtection(context);
  startAttributesProtection(context);
  startVolumeBinder(context);
  startEphemeralClaims(context);
  startQuotas(context, options);
  startEventExpiry(context);
  startRoleAggregation(context);
}
