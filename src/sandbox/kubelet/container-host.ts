import type { Container } from '../runtime/shapes.ts';
import type { Behaviour } from './script.ts';

/** What the container needs of its pod. */
export interface Host {
  readonly describe: {
    readonly podName: string;
    readonly namespace: string;
    readonly uid: string;
    readonly podIP: string;
  };
  /** Why a container waits that has not begun: a pod with init containers is initializing until it runs. */
  readonly waits: 'ContainerCreating' | 'PodInitializing';
  behaviour(container: string, restarts: number): Behaviour;
  /** Whether it is run again after this exit code. */
  restarts(container: Container, exitCode: number): boolean;
  /** Whether the node has the image. */
  hasImage(image: string): boolean;
  addImage(image: string): void;
  /** Says which of the pod's pull secrets are not there. */
  pullsImage(): void;
  /** What of the container's environment is missing, in the kubelet's words. */
  missing(container: Container): string | undefined;
  event(
    type: 'Normal' | 'Warning',
    reason: string,
    about: { readonly message: string; readonly container: Container },
  ): void;
  containerId(): string;
}
