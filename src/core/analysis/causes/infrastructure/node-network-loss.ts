import type { Cause } from '../../finding.ts';
import { metricEvidence } from '../performance/measured.ts';
import { BAD_NODE } from '../cures.ts';
import { retransmission } from './traffic.ts';

export const nodeNetworkLoss: Cause<'Node'> = {
  family: 'infrastructure',
  specificity: 'exact',
  means: 'The node loses packets, so that connections of its pods stall.',
  todo: 'Look at the network interface of the node, its cable or virtual switch, and its counters of errors.',
  when: 'The node sends again, drops or fails at least five times as many packets as before.',
  unless: 'No packets are measured.',
  cures: BAD_NODE,
  kinds: ['Node'],
  find(node, snapshot) {
    const seen = retransmission(node, snapshot);
    if (seen === undefined) return undefined;
    return { text: `Node ${node.metadata.name} loses packets.`, evidence: [metricEvidence(seen)] };
  },
};
