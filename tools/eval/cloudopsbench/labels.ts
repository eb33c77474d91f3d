/**
 * Cloud-OpsBench's words for causes, as ours: first by the exact label, then by what a label of the same manner says.
 * Several of ours may be what one label means.
 */
import type { ActionType } from '../../../src/api/action-template.ts';
import type { CauseName } from '../../../src/core/analysis/causes/index.ts';

export interface Meant {
  readonly causes: readonly CauseName[];
  /** Any of these is a fitting answer; empty: only people can help. */
  readonly fits: readonly ActionType[];
  readonly harmful: readonly ActionType[];
}

const TEMPLATE: Pick<Meant, 'fits' | 'harmful'> = { fits: ['rollback', 'patch'], harmful: ['drain'] };
const PEOPLE: Pick<Meant, 'fits' | 'harmful'> = { fits: [], harmful: [] };
const OBJECT: Pick<Meant, 'fits' | 'harmful'> = { fits: ['patch'], harmful: [] };
const QUOTA: Pick<Meant, 'fits' | 'harmful'> = { fits: ['patch'], harmful: ['restart', 'delete', 'drain'] };
const ROOM: Pick<Meant, 'fits' | 'harmful'> = { fits: ['resize', 'scale'], harmful: ['drain', 'cordon'] };
const NODE: Pick<Meant, 'fits' | 'harmful'> = { fits: ['cordon', 'drain'], harmful: [] };

/** The first that matches counts. */
const MEANT: readonly (readonly [RegExp, Meant])[] = [
  [/service_?account/, { causes: ['ServiceAccountMissing'], ...QUOTA }],
  [/cpu_quota/, { causes: ['CpuQuotaExceeded'], ...QUOTA }],
  [/memory_quota/, { causes: ['MemoryQuotaExceeded'], ...QUOTA }],
  [/pod_quota/, { causes: ['PodQuotaExceeded'], ...QUOTA }],
  [/service_quota/, { causes: ['ServiceQuotaExceeded'], ...OBJECT }],
  [/storage_quota/, { causes: ['StorageQuotaExceeded'], ...OBJECT }],
  [/containerd|container_runtime/, { causes: ['ContainerRuntimeDown'], ...NODE }],
  [/kube_?proxy/, { causes: ['KubeProxyDown'], ...NODE }],
  [/scheduler/, { causes: ['SchedulerDown'], fits: [], harmful: ['restart', 'delete', 'drain'] }],
  [/kubelet/, { causes: ['KubeletDown'], ...NODE }],
  [/node_network_delay/, { causes: ['NodeNetworkDelay'], ...NODE }],
  [/node_network.*loss/, { causes: ['NodeNetworkLoss'], ...NODE }],
  [/cpu_overload|cpu_throttl/, { causes: ['CpuThrottled', 'CpuSaturated'], fits: ['resize', 'scale'], harmful: [] }],
  [/network_delay/, { causes: ['NetworkSlow'], fits: ['delete', 'restart'], harmful: [] }],
  [/liveness.*port/, { causes: ['LivenessPortWrong'], ...TEMPLATE }],
  [/liveness.*protocol/, { causes: ['LivenessProtocolWrong'], ...TEMPLATE }],
  [/liveness.*(?:timing|delay|timeout)/, { causes: ['LivenessTooTight'], ...TEMPLATE }],
  [/readiness.*port/, { causes: ['ReadinessPortWrong'], ...TEMPLATE }],
  [/readiness.*protocol/, { causes: ['ReadinessProtocolWrong'], ...TEMPLATE }],
  [/oom/, { causes: ['OutOfMemoryByLimit', 'MemoryLeak'], fits: ['resize', 'rollback', 'patch'], harmful: [] }],
  [/cpu_capacity/, { causes: ['CpuDoesNotFit'], ...ROOM }],
  [/memory_capacity/, { causes: ['MemoryDoesNotFit'], ...ROOM }],
  [/node_affinity/, { causes: ['NodeAffinityMatchesNoNode'], ...TEMPLATE }],
  // No action type takes a cordon back: a person does.
  [/cordon/, { causes: ['NodesCordoned'], fits: [], harmful: ['cordon', 'drain'] }],
  [/node_selector/, { causes: ['NodeSelectorMatchesNoNode'], ...TEMPLATE }],
  [/anti_affinity/, { causes: ['PodAntiAffinityConflict'], fits: ['scale', 'rollback', 'patch'], harmful: ['drain'] }],
  [/pv_binding/, { causes: ['ClaimVolumeTaken'], ...OBJECT }],
  [/pvc_access/, { causes: ['ClaimAccessModeMismatch'], ...OBJECT }],
  [/pvc_capacity/, { causes: ['ClaimTooLarge'], ...OBJECT }],
  [/pvc_selector/, { causes: ['ClaimSelectorMatchesNoVolume'], ...OBJECT }],
  [/pvc_storage_class/, { causes: ['ClaimStorageClassMissing'], ...OBJECT }],
  [/taint|toleration/, { causes: ['TaintNotTolerated'], ...TEMPLATE }],
  [/sidecar.*port|port_conflict/, { causes: ['SidecarPortConflict', 'PortInUse'], ...TEMPLATE }],
  [/(?:db|database|mysql|mongo).*(?:read_?only)|read_?only/, { causes: ['DatabaseReadOnly'], ...PEOPLE }],
  [
    /connection.*(?:exhaust|limit|exceed)|too_many_connections|exhaustion/,
    { causes: ['ConnectionsExhausted'], fits: ['restart'], harmful: ['scale'] },
  ],
  [/credential|password|authentication|invalid_user/, { causes: ['CredentialsRefused'], ...TEMPLATE }],
  [
    /(?:db|database|mysql|redis|rabbitmq|nacos).*port/,
    { causes: ['DependencyPortWrong', 'DependencyDown', 'ServicePortWrong'], ...TEMPLATE },
  ],
  [/zero_?replica|scaled?_.*zero|replicas_zero/, { causes: ['ScaledToZero'], fits: ['scale'], harmful: [] }],
  [/image_registry_dns|registry_dns/, { causes: ['RegistryDnsFails'], ...TEMPLATE }],
  [
    /gateway|misroute|ingress/,
    { causes: ['IngressBackendWrong', 'DependencyAddressWrong', 'ServiceSelectorMismatch'], ...OBJECT },
  ],
  [/env_var|address_mismatch/, { causes: ['DependencyAddressWrong', 'DependencyPortWrong'], ...TEMPLATE }],
  [/dns/, { causes: ['NameResolutionFails', 'PodDnsWrong', 'ClusterDnsDown', 'DependencyAddressWrong'], ...PEOPLE }],
  [/service_port/, { causes: ['ServiceTargetPortMismatch', 'ServicePortWrong'], ...OBJECT }],
  [/service_protocol/, { causes: ['ServiceProtocolMismatch'], ...OBJECT }],
  [/service_selector/, { causes: ['ServiceSelectorMismatch'], ...OBJECT }],
  [/pull_secret/, { causes: ['PullSecretMissing'], ...OBJECT }],
  [/secret/, { causes: ['SecretMissing', 'ConfigKeyMissing'], ...OBJECT }],
  [/config_?map/, { causes: ['ConfigMapMissing', 'ConfigKeyMissing'], ...OBJECT }],
  [/image/, { causes: ['ImageMissing', 'ImageNameInvalid'], ...TEMPLATE }],
  [/volume.*permission|permission/, { causes: ['VolumePermissionDenied'], ...TEMPLATE }],
];

export const meantBy = (label: string): Meant | undefined => MEANT.find(([pattern]) => pattern.test(label))?.[1];
