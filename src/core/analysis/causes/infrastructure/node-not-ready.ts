import { conditionEvidence } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { condition } from '../facts.ts';
import { BAD_NODE } from '../cures.ts';
import { runtimeIsSilent } from './node.ts';

export const nodeNotReady: Cause<'Node'> = {
  family: 'infrastructure',
  specificity: 'place',
  means: 'The kubelet of the node says that the node is not ready.',
  todo: 'Read the message of the condition Ready, and look at the network plugin and the runtime.',
  when: 'The condition Ready of the node is False.',
  unless: 'The runtime is the reason: then ContainerRuntimeDown holds.',
  cures: BAD_NODE,
  kinds: ['Node'],
  find(node, snapshot) {
    const ready = condition(node, 'Ready');
    if (ready?.status !== 'False' || runtimeIsSilent(node, snapshot) !== undefined) return undefined;
    return {
      text: `Node ${node.metadata.name} is not ready: ${ready.message ?? ready.reason ?? 'no reason given'}`,
      evidence: [conditionEvidence(node, ready)],
    };
  },
};
