/** What the cases of controllers share. */
import { DEPLOY, PODS, deployment } from './bodies.ts';
import type { Request } from './case.ts';
import { eventually, get } from './steps.ts';

export const running = (replicas: number, spec: Readonly<Record<string, unknown>> = {}) =>
  deployment(replicas, { paused: false, ...spec });
export const pods = (app: string) => `${PODS}?labelSelector=app%3D${app}`;
export const condition = (type: string) => `status.conditions[type=${type}]`;
export const settled = (replicas: number): Request =>
  eventually(
    get(`${DEPLOY}/d`, {
      'status.readyReplicas': replicas,
      'status.updatedReplicas': replicas,
      'status.replicas': replicas,
      'status.unavailableReplicas': undefined,
    }),
  );
export const controllers = ['controllers'] as const;
export const nodes = ['controllers', 'nodes'] as const;
