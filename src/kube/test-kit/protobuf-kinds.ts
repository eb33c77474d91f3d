/** The kinds whose lists and watches a real server's recorded bytes are there for. */
import type { ResourceType } from '../resource.ts';
import * as wellKnown from '../well-known.ts';

export const PROTOBUF_KINDS: readonly ResourceType[] = [
  wellKnown.PODS,
  wellKnown.NODES,
  wellKnown.EVENTS,
  wellKnown.DEPLOYMENTS,
  wellKnown.REPLICA_SETS,
  wellKnown.STATEFUL_SETS,
  wellKnown.DAEMON_SETS,
  wellKnown.JOBS,
  wellKnown.CRON_JOBS,
  wellKnown.HORIZONTAL_POD_AUTOSCALERS,
  wellKnown.POD_DISRUPTION_BUDGETS,
  wellKnown.PERSISTENT_VOLUME_CLAIMS,
  wellKnown.PERSISTENT_VOLUMES,
  wellKnown.NAMESPACES,
  wellKnown.RESOURCE_QUOTAS,
  wellKnown.SERVICES,
];
