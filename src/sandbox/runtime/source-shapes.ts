/** Where pods take their files and their environment from. */
import type { KubeObject } from '../../shapes/kube.ts';

export interface KeyToPath {
  readonly key: string;
  readonly path: string;
}

/** A ConfigMap or a Secret, by name. */
export interface ObjectSource {
  readonly name?: string;
  readonly optional?: boolean;
}

export interface FileSource extends ObjectSource {
  readonly items?: readonly KeyToPath[];
}

export interface KeySource extends ObjectSource {
  readonly key: string;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly configMapKeyRef?: KeySource; readonly secretKeyRef?: KeySource };
}

export interface EnvFrom {
  readonly configMapRef?: ObjectSource;
  readonly secretRef?: ObjectSource;
}

export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: { readonly volumeClaimTemplate?: { readonly metadata?: object; readonly spec: unknown } };
  readonly configMap?: FileSource;
  readonly secret?: {
    readonly secretName?: string;
    readonly optional?: boolean;
    readonly items?: readonly KeyToPath[];
  };
  readonly projected?: {
    readonly sources?: readonly { readonly configMap?: FileSource; readonly secret?: FileSource }[];
  };
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
