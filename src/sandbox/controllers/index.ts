/** The controllers of a controller manager. */
import type { Catalog, Context } from '../runtime/context.ts';
import { startDaemonSets } from './daemon-set.ts';
import { startDeployments } from './deployment.ts';
import { startJobs } from './job.ts';
import { startReplicaSets } from './replica-set.ts';
import { startStatefulSets } from './stateful-set.ts';

export interface ControllerOptions {
  readonly catalog: Catalog;
  /** Whether kubelets renew leases: without, silence says nothing about a node. */
  readonly heartbeats: 'on' | 'off';
}

export function startControllers(context: Context, options: ControllerOptions): void {
  void options;
  startDeployments(context);
  startReplicaSets(context);
  startStatefulSets(context);
  startDaemonSets(context);
  startJobs(context);
}
