/**
 * The kinds that analysis reads, with the fields that its rules read and no others. Every field may be missing: objects
 * come from caches that trim, from lists of any version, and from people.
 * https://kubernetes.io/docs/reference/kubernetes-api/
 */
import type { Condition, KubeObject, LabelSelector } from '../../shapes/kube.ts';
import type { ContainerStatus } from '../../shapes/workloads.ts';

export type Amounts = Readonly<Record<string, string | number>>;
export type PortRef = number | string;

export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port?: PortRef; readonly scheme?: string };
  readonly tcpSocket?: { readonly port?: PortRef };
  readonly grpc?: { readonly port?: PortRef };
  readonly exec?: { readonly command?: readonly string[] };
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface KeyRef {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly configMapKeyRef?: KeyRef; readonly secretKeyRef?: KeyRef };
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly restartPolicy?: string;
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort?: number;
    readonly hostPort?: number;
    readonly protocol?: string;
  }[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly { readonly configMapRef?: KeyRef; readonly secretRef?: KeyRef }[];
  readonly resources?: { readonly limits?: Amounts; readonly requests?: Amounts };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly configMap?: { readonly name?: string; readonly optional?: boolean; readonly items?: readonly KeyRef[] };
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean; readonly items?: readonly KeyRef[] };
}

export interface SelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly SelectorRequirement[];
  readonly matchFields?: readonly SelectorRequirement[];
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly topologyKey?: string;
  readonly namespaces?: readonly string[];
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly serviceAccountName?: string;
  readonly restartPolicy?: string;
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly dnsPolicy?: string;
  readonly dnsConfig?: { readonly nameservers?: readonly string[] };
  readonly schedulingGates?: readonly { readonly name: string }[];
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly NodeSelectorTerm[];
      };
    };
    readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
    readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
  };
}

export interface PodObject extends KubeObject {
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly podIP?: string;
    readonly startTime?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** Deployment, StatefulSet, DaemonSet, ReplicaSet and Job. */
export interface WorkloadObject extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly suspend?: boolean;
    readonly selector?: LabelSelector;
    readonly template?: { readonly metadata?: KubeObject['metadata']; readonly spec?: PodSpec };
    readonly updateStrategy?: { readonly type?: string };
    readonly strategy?: { readonly type?: string };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly failed?: number;
    readonly succeeded?: number;
    readonly active?: number;
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port?: number;
  readonly targetPort?: PortRef;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

export interface ServiceObject extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly internalTrafficPolicy?: string;
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface EndpointSliceObject extends KubeObject {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind?: string; readonly name?: string };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface NodeObject extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly capacity?: Amounts;
    readonly allocatable?: Amounts;
    readonly conditions?: readonly (Condition & { readonly lastHeartbeatTime?: string })[];
    readonly nodeInfo?: { readonly architecture?: string; readonly kubeletVersion?: string };
  };
}

export interface ClaimObject extends KubeObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Amounts };
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly selector?: LabelSelector;
  };
  readonly status?: { readonly phase?: string; readonly capacity?: Amounts };
}

export interface VolumeObject extends KubeObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly capacity?: Amounts;
    readonly storageClassName?: string;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } };
  };
  readonly status?: { readonly phase?: string };
}

export interface StorageClassObject extends KubeObject {
  readonly provisioner?: string;
  readonly volumeBindingMode?: string;
}

export interface QuotaObject extends KubeObject {
  readonly spec?: { readonly hard?: Amounts };
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts };
}

export interface DisruptionBudgetObject extends KubeObject {
  readonly spec?: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
    readonly expectedPods?: number;
  };
}

export interface AutoscalerObject extends KubeObject {
  readonly spec?: {
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
  };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr?: string };
}

interface PolicyPort {
  readonly port?: PortRef;
  readonly endPort?: number;
  readonly protocol?: string;
}

export interface NetworkPolicyObject extends KubeObject {
  readonly spec?: {
    readonly podSelector?: LabelSelector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly {
      readonly from?: readonly NetworkPolicyPeer[];
      readonly ports?: readonly PolicyPort[];
    }[];
    readonly egress?: readonly { readonly to?: readonly NetworkPolicyPeer[]; readonly ports?: readonly PolicyPort[] }[];
  };
}

interface IngressBackend {
  readonly service?: { readonly name?: string; readonly port?: { readonly number?: number; readonly name?: string } };
}

export interface IngressObject extends KubeObject {
  readonly spec?: {
    readonly defaultBackend?: IngressBackend;
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths?: readonly { readonly path?: string; readonly backend?: IngressBackend }[] };
    }[];
  };
}

export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
}

/** A ConfigMap or a Secret without its values: keys and the version are all that leaves the gatherer. */
export interface KeysObject extends KubeObject {
  readonly keys?: readonly string[];
}

/** By kind. A rule reads no other kinds, and a gatherer lists no others. */
export interface ObjectsByKind {
  readonly Pod: PodObject;
  readonly Deployment: WorkloadObject;
  readonly StatefulSet: WorkloadObject;
  readonly DaemonSet: WorkloadObject;
  readonly ReplicaSet: WorkloadObject;
  readonly Job: WorkloadObject;
  readonly ControllerRevision: KubeObject;
  readonly Service: ServiceObject;
  readonly EndpointSlice: EndpointSliceObject;
  readonly Ingress: IngressObject;
  readonly NetworkPolicy: NetworkPolicyObject;
  readonly Node: NodeObject;
  readonly Lease: LeaseObject;
  readonly PersistentVolumeClaim: ClaimObject;
  readonly PersistentVolume: VolumeObject;
  readonly StorageClass: StorageClassObject;
  readonly ResourceQuota: QuotaObject;
  readonly LimitRange: KubeObject;
  readonly PodDisruptionBudget: DisruptionBudgetObject;
  readonly HorizontalPodAutoscaler: AutoscalerObject;
  readonly ServiceAccount: KubeObject;
  readonly ConfigMap: KeysObject;
  readonly Secret: KeysObject;
  readonly Namespace: KubeObject;
}

export type AnalysisKind = keyof ObjectsByKind;

/** Kinds whose objects have pods. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export const isPod = (object: KubeObject): object is PodObject => object.kind === 'Pod';
export const isNode = (object: KubeObject): object is NodeObject => object.kind === 'Node';
