import { fromTimestamp } from '../../../../std/clock.ts';
import { conditionEvidence } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { condition } from '../facts.ts';
import { BAD_NODE } from '../cures.ts';

/** Certificates and leases break when clocks differ by a minute; requests take a second at most. */
const SKEW_MS = 60_000;

export const clockSkewed: Cause<'Node'> = {
  family: 'infrastructure',
  specificity: 'exact',
  means: 'The clock of the node is ahead of that of the API server.',
  todo: 'Look at time synchronisation on the node (chrony, systemd-timesyncd).',
  when: 'The node has written a time that is more than a minute in the future.',
  unless: 'The clock of the reader may be wrong: then it is so for all nodes.',
  cures: BAD_NODE,
  kinds: ['Node'],
  find(node, snapshot) {
    const isAhead = (one: typeof node): boolean => {
      const ready = condition(one, 'Ready');
      const at = ready && fromTimestamp((ready as { readonly lastHeartbeatTime?: string }).lastHeartbeatTime);
      return at !== undefined && at - snapshot.at > SKEW_MS;
    };
    const ready = condition(node, 'Ready');
    if (ready === undefined || !isAhead(node)) return undefined;
    const nodes = snapshot.all('Node');
    if (nodes.length > 1 && nodes.every(isAhead)) return undefined;
    return { text: `The clock of node ${node.metadata.name} is ahead.`, evidence: [conditionEvidence(node, ready)] };
  },
};
