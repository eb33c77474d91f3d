/**
 * Settings that count from the start of the process on: addresses that are bound, the Lease and where it lives, modules
 * that are loaded, and folders that are open. All others are taken while it runs.
 */
import type { OperatorSettingsFile } from './operator-config.ts';

export const RESTART_KEYS = [
  'metricsBindAddress',
  'healthProbeBindAddress',
  'leaderElect',
  'shards',
  'operatorNamespace',
  'plugins',
  'recordDecisions',
  'recordDecisionsMaxFiles',
  'recordDecisionsMaxSize',
] as const satisfies readonly (keyof OperatorSettingsFile)[];
