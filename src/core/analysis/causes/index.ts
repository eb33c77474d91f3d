/**
 * Every cause. A new one is a file of this folder, a line here, and a row in the test of its family. The names are
 * what people, metrics and policies know a cause by: they stay.
 */
import type { Cause } from '../finding.ts';
import { apiServerSlow } from './infrastructure/api-server-slow.ts';
import { clockSkewed } from './infrastructure/clock-skewed.ts';
import { containerRuntimeDown } from './infrastructure/container-runtime-down.ts';
import { kubeProxyDown } from './infrastructure/kube-proxy-down.ts';
import { kubeletDown } from './infrastructure/kubelet-down.ts';
import { nodeDiskPressure } from './infrastructure/node-disk-pressure.ts';
import { nodeMemoryPressure } from './infrastructure/node-memory-pressure.ts';
import { nodeNetworkDelay } from './infrastructure/node-network-delay.ts';
import { nodeNetworkLoss } from './infrastructure/node-network-loss.ts';
import { nodeNetworkUnavailable } from './infrastructure/node-network-unavailable.ts';
import { nodeNotReady } from './infrastructure/node-not-ready.ts';
import { nodePidPressure } from './infrastructure/node-pid-pressure.ts';
import { schedulerDown } from './infrastructure/scheduler-down.ts';
import { cpuQuotaExceeded } from './admission/cpu-quota-exceeded.ts';
import { limitRangeForbids } from './admission/limit-range-forbids.ts';
import { memoryQuotaExceeded } from './admission/memory-quota-exceeded.ts';
import { namespaceTerminating } from './admission/namespace-terminating.ts';
import { otherQuotaExceeded } from './admission/other-quota-exceeded.ts';
import { quotaWantsLimits } from './admission/quota-wants-limits.ts';
import { podInvalid } from './admission/pod-invalid.ts';
import { podQuotaExceeded } from './admission/pod-quota-exceeded.ts';
import { podSecurityForbids } from './admission/pod-security-forbids.ts';
import { serviceAccountMissing } from './admission/service-account-missing.ts';
import { serviceQuotaExceeded } from './admission/service-quota-exceeded.ts';
import { storageQuotaExceeded } from './admission/storage-quota-exceeded.ts';
import { webhookRefuses } from './admission/webhook-refuses.ts';
import { webhookUnreachable } from './admission/webhook-unreachable.ts';
import { claimAccessModeMismatch } from './scheduling/claim-access-mode-mismatch.ts';
import { claimMissing } from './scheduling/claim-missing.ts';
import { claimSelectorMatchesNoVolume } from './scheduling/claim-selector-matches-no-volume.ts';
import { claimStorageClassMissing } from './scheduling/claim-storage-class-missing.ts';
import { claimTooLarge } from './scheduling/claim-too-large.ts';
import { claimVolumeTaken } from './scheduling/claim-volume-taken.ts';
import { cpuDoesNotFit } from './scheduling/cpu-does-not-fit.ts';
import { extendedResourceMissing } from './scheduling/extended-resource-missing.ts';
import { hostPortTaken } from './scheduling/host-port-taken.ts';
import { memoryDoesNotFit } from './scheduling/memory-does-not-fit.ts';
import { noVolumeThere } from './scheduling/no-volume-there.ts';
import { nodeAffinityMatchesNoNode } from './scheduling/node-affinity-matches-no-node.ts';
import { nodeSelectorMatchesNoNode } from './scheduling/node-selector-matches-no-node.ts';
import { nodesCordoned } from './scheduling/nodes-cordoned.ts';
import { nodesFullOfPods } from './scheduling/nodes-full-of-pods.ts';
import { volumeLimitReached } from './scheduling/volume-limit-reached.ts';
import { volumeGone } from './scheduling/volume-gone.ts';
import { claimInUse } from './scheduling/claim-in-use.ts';
import { deviceClaimUnmet } from './scheduling/device-claim-unmet.ts';
import { nodesNotReady } from './scheduling/nodes-not-ready.ts';
import { podAffinityUnmet } from './scheduling/pod-affinity-unmet.ts';
import { podAntiAffinityConflict } from './scheduling/pod-anti-affinity-conflict.ts';
import { provisioningFails } from './scheduling/provisioning-fails.ts';
import { schedulingGated } from './scheduling/scheduling-gated.ts';
import { taintNotTolerated } from './scheduling/taint-not-tolerated.ts';
import { topologySpreadUnmet } from './scheduling/topology-spread-unmet.ts';
import { volumeZoneConflict } from './scheduling/volume-zone-conflict.ts';
import { commandMissing } from './startup/command-missing.ts';
import { configKeyMissing } from './startup/config-key-missing.ts';
import { configMapMissing } from './startup/config-map-missing.ts';
import { imageArchitectureMismatch } from './startup/image-architecture-mismatch.ts';
import { imageMissing } from './startup/image-missing.ts';
import { imageNameInvalid } from './startup/image-name-invalid.ts';
import { imageRegistryAuth } from './startup/image-registry-auth.ts';
import { initContainerFails } from './startup/init-container-fails.ts';
import { initContainerHangs } from './startup/init-container-hangs.ts';
import { pullSecretMissing } from './startup/pull-secret-missing.ts';
import { registryDnsFails } from './startup/registry-dns-fails.ts';
import { registryNotTrusted } from './startup/registry-not-trusted.ts';
import { registryUnreachable } from './startup/registry-unreachable.ts';
import { runAsRootForbidden } from './startup/run-as-root-forbidden.ts';
import { sandboxFails } from './startup/sandbox-fails.ts';
import { secretMissing } from './startup/secret-missing.ts';
import { sidecarPortConflict } from './startup/sidecar-port-conflict.ts';
import { startupProbeFails } from './startup/startup-probe-fails.ts';
import { volumeAttachedElsewhere } from './startup/volume-attached-elsewhere.ts';
import { volumeDriverMissing } from './startup/volume-driver-missing.ts';
import { volumeAttachTimesOut } from './startup/volume-attach-times-out.ts';
import { volumeFilesystemDamaged } from './startup/volume-filesystem-damaged.ts';
import { hostPathWrong } from './startup/host-path-wrong.ts';
import { volumeServerFails } from './startup/volume-server-fails.ts';
import { podAddressesUsedUp } from './startup/pod-addresses-used-up.ts';
import { networkPluginMissing } from './startup/network-plugin-missing.ts';
import { volumeMountFails } from './startup/volume-mount-fails.ts';
import { volumePermissionDenied } from './startup/volume-permission-denied.ts';
import { applicationCrashes } from './runtime/application-crashes.ts';
import { apiAccessForbidden } from './runtime/api-access-forbidden.ts';
import { certificateInvalid } from './runtime/certificate-invalid.ts';
import { configInvalid } from './runtime/config-invalid.ts';
import { connectionsExhausted } from './runtime/connections-exhausted.ts';
import { credentialsRefused } from './runtime/credentials-refused.ts';
import { databaseReadOnly } from './runtime/database-read-only.ts';
import { dependencyDown } from './runtime/dependency-down.ts';
import { diskFull } from './runtime/disk-full.ts';
import { endsWithoutError } from './runtime/ends-without-error.ts';
import { evicted } from './runtime/evicted.ts';
import { jobExhausted } from './runtime/job-exhausted.ts';
import { sidecarKeepsJob } from './runtime/sidecar-keeps-job.ts';
import { livenessFails } from './runtime/liveness-fails.ts';
import { livenessPathWrong } from './runtime/liveness-path-wrong.ts';
import { livenessPortWrong } from './runtime/liveness-port-wrong.ts';
import { livenessProtocolWrong } from './runtime/liveness-protocol-wrong.ts';
import { livenessTooTight } from './runtime/liveness-too-tight.ts';
import { memoryFault } from './runtime/memory-fault.ts';
import { memoryLeak } from './runtime/memory-leak.ts';
import { outOfMemoryByLimit } from './runtime/out-of-memory-by-limit.ts';
import { outOfMemoryInside } from './runtime/out-of-memory-inside.ts';
import { portInUse } from './runtime/port-in-use.ts';
import { programCannotRun } from './runtime/program-cannot-run.ts';
import { readinessFails } from './runtime/readiness-fails.ts';
import { readinessPathWrong } from './runtime/readiness-path-wrong.ts';
import { readinessPortWrong } from './runtime/readiness-port-wrong.ts';
import { readinessProtocolWrong } from './runtime/readiness-protocol-wrong.ts';
import { clusterDnsDown } from './service/cluster-dns-down.ts';
import { dependencyAddressWrong } from './service/dependency-address-wrong.ts';
import { dependencyMissing } from './service/dependency-missing.ts';
import { dependencyPortWrong } from './service/dependency-port-wrong.ts';
import { ingressBackendWrong } from './service/ingress-backend-wrong.ts';
import { nameResolutionFails } from './service/name-resolution-fails.ts';
import { networkPolicyBlocks } from './service/network-policy-blocks.ts';
import { noReadyEndpoints } from './service/no-ready-endpoints.ts';
import { podDnsWrong } from './service/pod-dns-wrong.ts';
import { scaledToZero } from './service/scaled-to-zero.ts';
import { servicePortWrong } from './service/service-port-wrong.ts';
import { serviceProtocolMismatch } from './service/service-protocol-mismatch.ts';
import { serviceSelectorMismatch } from './service/service-selector-mismatch.ts';
import { serviceStaysOnNode } from './service/service-stays-on-node.ts';
import { serviceSelectsStrangers } from './service/service-selects-strangers.ts';
import { serviceTargetPortMismatch } from './service/service-target-port-mismatch.ts';
import { autoscalerAtMaximum } from './performance/autoscaler-at-maximum.ts';
import { autoscalerWithoutMetrics } from './performance/autoscaler-without-metrics.ts';
import { autoscalerWithoutRequests } from './performance/autoscaler-without-requests.ts';
import { cpuSaturated } from './performance/cpu-saturated.ts';
import { cpuThrottled } from './performance/cpu-throttled.ts';
import { networkSlow } from './performance/network-slow.ts';
import { badRevision } from './rollout/bad-revision.ts';
import { disruptionBudgetDeadlock } from './rollout/disruption-budget-deadlock.ts';
import { orderedRolloutBlocked } from './rollout/ordered-rollout-blocked.ts';
import { rolloutPaused } from './rollout/rollout-paused.ts';
import { rolloutStuck } from './rollout/rollout-stuck.ts';

export const CAUSES = {
  // infrastructure
  ApiServerSlow: apiServerSlow,
  ClockSkewed: clockSkewed,
  ContainerRuntimeDown: containerRuntimeDown,
  KubeProxyDown: kubeProxyDown,
  KubeletDown: kubeletDown,
  NodeDiskPressure: nodeDiskPressure,
  NodeMemoryPressure: nodeMemoryPressure,
  NodeNetworkDelay: nodeNetworkDelay,
  NodeNetworkLoss: nodeNetworkLoss,
  NodeNetworkUnavailable: nodeNetworkUnavailable,
  NodeNotReady: nodeNotReady,
  NodePidPressure: nodePidPressure,
  SchedulerDown: schedulerDown,
  // admission
  CpuQuotaExceeded: cpuQuotaExceeded,
  LimitRangeForbids: limitRangeForbids,
  MemoryQuotaExceeded: memoryQuotaExceeded,
  NamespaceTerminating: namespaceTerminating,
  OtherQuotaExceeded: otherQuotaExceeded,
  QuotaWantsLimits: quotaWantsLimits,
  PodInvalid: podInvalid,
  PodQuotaExceeded: podQuotaExceeded,
  PodSecurityForbids: podSecurityForbids,
  ServiceAccountMissing: serviceAccountMissing,
  ServiceQuotaExceeded: serviceQuotaExceeded,
  StorageQuotaExceeded: storageQuotaExceeded,
  WebhookRefuses: webhookRefuses,
  WebhookUnreachable: webhookUnreachable,
  // scheduling
  ClaimAccessModeMismatch: claimAccessModeMismatch,
  ClaimMissing: claimMissing,
  ClaimSelectorMatchesNoVolume: claimSelectorMatchesNoVolume,
  ClaimStorageClassMissing: claimStorageClassMissing,
  ClaimTooLarge: claimTooLarge,
  ClaimVolumeTaken: claimVolumeTaken,
  CpuDoesNotFit: cpuDoesNotFit,
  ExtendedResourceMissing: extendedResourceMissing,
  HostPortTaken: hostPortTaken,
  MemoryDoesNotFit: memoryDoesNotFit,
  NoVolumeThere: noVolumeThere,
  NodeAffinityMatchesNoNode: nodeAffinityMatchesNoNode,
  NodeSelectorMatchesNoNode: nodeSelectorMatchesNoNode,
  NodesCordoned: nodesCordoned,
  NodesFullOfPods: nodesFullOfPods,
  VolumeLimitReached: volumeLimitReached,
  VolumeGone: volumeGone,
  ClaimInUse: claimInUse,
  DeviceClaimUnmet: deviceClaimUnmet,
  NodesNotReady: nodesNotReady,
  PodAffinityUnmet: podAffinityUnmet,
  PodAntiAffinityConflict: podAntiAffinityConflict,
  ProvisioningFails: provisioningFails,
  SchedulingGated: schedulingGated,
  TaintNotTolerated: taintNotTolerated,
  TopologySpreadUnmet: topologySpreadUnmet,
  VolumeZoneConflict: volumeZoneConflict,
  // startup
  CommandMissing: commandMissing,
  ConfigKeyMissing: configKeyMissing,
  ConfigMapMissing: configMapMissing,
  ImageArchitectureMismatch: imageArchitectureMismatch,
  ImageMissing: imageMissing,
  ImageNameInvalid: imageNameInvalid,
  ImageRegistryAuth: imageRegistryAuth,
  InitContainerFails: initContainerFails,
  InitContainerHangs: initContainerHangs,
  PullSecretMissing: pullSecretMissing,
  RegistryDnsFails: registryDnsFails,
  RegistryUnreachable: registryUnreachable,
  RegistryNotTrusted: registryNotTrusted,
  RunAsRootForbidden: runAsRootForbidden,
  SandboxFails: sandboxFails,
  SecretMissing: secretMissing,
  SidecarPortConflict: sidecarPortConflict,
  StartupProbeFails: startupProbeFails,
  VolumeAttachedElsewhere: volumeAttachedElsewhere,
  VolumeDriverMissing: volumeDriverMissing,
  VolumeAttachTimesOut: volumeAttachTimesOut,
  VolumeFilesystemDamaged: volumeFilesystemDamaged,
  HostPathWrong: hostPathWrong,
  VolumeServerFails: volumeServerFails,
  PodAddressesUsedUp: podAddressesUsedUp,
  NetworkPluginMissing: networkPluginMissing,
  VolumeMountFails: volumeMountFails,
  VolumePermissionDenied: volumePermissionDenied,
  // runtime
  ApplicationCrashes: applicationCrashes,
  ApiAccessForbidden: apiAccessForbidden,
  CertificateInvalid: certificateInvalid,
  ConfigInvalid: configInvalid,
  ConnectionsExhausted: connectionsExhausted,
  CredentialsRefused: credentialsRefused,
  DatabaseReadOnly: databaseReadOnly,
  DependencyDown: dependencyDown,
  DiskFull: diskFull,
  EndsWithoutError: endsWithoutError,
  Evicted: evicted,
  JobExhausted: jobExhausted,
  SidecarKeepsJob: sidecarKeepsJob,
  LivenessFails: livenessFails,
  LivenessPathWrong: livenessPathWrong,
  LivenessPortWrong: livenessPortWrong,
  LivenessProtocolWrong: livenessProtocolWrong,
  LivenessTooTight: livenessTooTight,
  MemoryFault: memoryFault,
  MemoryLeak: memoryLeak,
  OutOfMemoryByLimit: outOfMemoryByLimit,
  OutOfMemoryInside: outOfMemoryInside,
  PortInUse: portInUse,
  ProgramCannotRun: programCannotRun,
  ReadinessFails: readinessFails,
  ReadinessPathWrong: readinessPathWrong,
  ReadinessPortWrong: readinessPortWrong,
  ReadinessProtocolWrong: readinessProtocolWrong,
  // service
  ClusterDnsDown: clusterDnsDown,
  DependencyAddressWrong: dependencyAddressWrong,
  DependencyMissing: dependencyMissing,
  DependencyPortWrong: dependencyPortWrong,
  IngressBackendWrong: ingressBackendWrong,
  NameResolutionFails: nameResolutionFails,
  NetworkPolicyBlocks: networkPolicyBlocks,
  NoReadyEndpoints: noReadyEndpoints,
  PodDnsWrong: podDnsWrong,
  ScaledToZero: scaledToZero,
  ServicePortWrong: servicePortWrong,
  ServiceProtocolMismatch: serviceProtocolMismatch,
  ServiceSelectorMismatch: serviceSelectorMismatch,
  ServiceStaysOnNode: serviceStaysOnNode,
  ServiceSelectsStrangers: serviceSelectsStrangers,
  ServiceTargetPortMismatch: serviceTargetPortMismatch,
  // performance
  AutoscalerAtMaximum: autoscalerAtMaximum,
  AutoscalerWithoutMetrics: autoscalerWithoutMetrics,
  AutoscalerWithoutRequests: autoscalerWithoutRequests,
  CpuSaturated: cpuSaturated,
  CpuThrottled: cpuThrottled,
  NetworkSlow: networkSlow,
  // rollout
  BadRevision: badRevision,
  DisruptionBudgetDeadlock: disruptionBudgetDeadlock,
  OrderedRolloutBlocked: orderedRolloutBlocked,
  RolloutPaused: rolloutPaused,
  RolloutStuck: rolloutStuck,
} as const;

export type CauseName = keyof typeof CAUSES;

export const CAUSE_NAMES = Object.keys(CAUSES) as readonly CauseName[];

/** As any cause: each looks at kinds of its own, and is only asked about these. */
export const causeOf = (name: CauseName): Cause => CAUSES[name];
