/**
 * The FlowSchemas and priority levels that a server makes, and what it says in the status of each FlowSchema: whether
 * its level is there. k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go.
 */
import { toTimestamp } from '../../std/clock.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVELS } from '../kinds/flow-bootstrap.ts';
import type { Cluster } from '../machinery/cluster.ts';
import { asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';

const GROUP = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1' };
const SCHEMAS = { ...GROUP, resource: 'flowschemas' };
const LEVELS = { ...GROUP, resource: 'prioritylevelconfigurations' };
const DANGLING = 'Dangling';

/** Returns the function that ends it. */
export function keepFlows(cluster: Cluster): () => void {
  const stops = [
    cluster.subscribe(SCHEMAS, ({ type, object }) => {
      if (type !== 'DELETED') tell(cluster, object.metadata.name);
    }),
    cluster.subscribe(LEVELS, () => {
      for (const { metadata } of cluster.list(SCHEMAS)) tell(cluster, metadata.name);
    }),
  ];
  for (const level of PRIORITY_LEVELS) cluster.create(LEVELS, level);
  for (const schema of FLOW_SCHEMAS) cluster.create(SCHEMAS, schema);
  return () => {
    for (const stop of stops) stop();
  };
}

function tell(cluster: Cluster, name: string): void {
  const schema = cluster.get(SCHEMAS, { name });
  const level = asText(at(schema, 'spec', 'priorityLevelConfiguration', 'name'));
  const found = cluster.get(LEVELS, { name: level }) !== undefined;
  const reason = found ? 'Found' : 'NotFound';
  const conditions = objectsOf(at(schema, 'status', 'conditions'));
  const known = conditions.find(({ type }) => type === DANGLING);
  const end = found ? 'and it exists' : 'but there is no such object';
  const message = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} ${end}`;
  if (known?.['reason'] === reason && known['message'] === message) return;
  const status = found ? 'False' : 'True';
  const lastTransitionTime =
    known?.['status'] === status ? known['lastTransitionTime'] : toTimestamp(cluster.clock.now());
  const told: Draft = { type: DANGLING, status, lastTransitionTime, reason, message };
  cluster.modify(
    SCHEMAS,
    { name },
    (draft) => {
      const others = conditions.filter((condition) => condition !== known);
      childOf(draft, 'status')['conditions'] = [...others, told];
      return draft;
    },
    'status',
  );
}
