/** The collections that tests read and write, as the embedded cluster names them. */
import type { Gvr } from '../../src/sandbox/index.ts';

const core = (resource: string): Gvr => ({ group: '', version: 'v1', resource });
const apps = (resource: string): Gvr => ({ group: 'apps', version: 'v1', resource });
const batch = (resource: string): Gvr => ({ group: 'batch', version: 'v1', resource });
const own = (resource: string): Gvr => ({ group: 'kubeskippy.io', version: 'v1alpha1', resource });

export const POLICIES = own('healingpolicies');
export const ACTIONS = own('healingactions');
export const APPROVALS = own('healingapprovals');

export const PODS = core('pods');
export const NODES = core('nodes');
export const EVENTS = core('events');
export const NAMESPACES = core('namespaces');
export const SECRETS = core('secrets');
export const QUOTAS = core('resourcequotas');
export const CONFIG_MAPS = core('configmaps');
export const DEPLOYMENTS = apps('deployments');
export const STATEFUL_SETS = apps('statefulsets');
export const DAEMON_SETS = apps('daemonsets');
export const REPLICA_SETS = apps('replicasets');
export const JOBS = batch('jobs');
export const CRON_JOBS = batch('cronjobs');
export const BUDGETS: Gvr = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };
export const DEFINITIONS: Gvr = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};
