import type { Cause } from '../../finding.ts';
import { BAD_NODE } from '../cures.ts';
import { retransmission, worstNode } from './traffic.ts';

export const nodeNetworkDelay: Cause<'Node'> = {
  family: 'infrastructure',
  specificity: 'exact',
  means: 'The network of the node is slow: several workloads on it answer late, and nothing that they call does.',
  todo: 'Look at the network of the node: traffic shaping, a saturated interface, the overlay.',
  when: 'At least two workloads on the node are slow with nothing slow behind them, and no other node has as many.',
  unless: 'The node loses packets: then NodeNetworkLoss holds. Nothing is measured.',
  cures: BAD_NODE,
  kinds: ['Node'],
  find(node, snapshot) {
    const worst = worstNode(snapshot);
    if (worst?.node !== node.metadata.name || retransmission(node, snapshot) !== undefined) return undefined;
    const [first, ...rest] = worst.first;
    if (first === undefined) return undefined;
    return {
      text: `The network of node ${node.metadata.name} is slow: ${worst.first.map(({ workload }) => workload.metadata.name).join(', ')} on it answer late.`,
      evidence: [first.evidence, ...rest.map(({ evidence }) => evidence)],
      likely: true,
    };
  },
};
