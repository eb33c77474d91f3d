import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';

export const disruptionBudgetDeadlock: Cause<'PodDisruptionBudget'> = {
  family: 'rollout',
  specificity: 'exact',
  means:
    'A PodDisruptionBudget allows no eviction even when all of its pods are well, so that nodes cannot be drained.',
  todo: 'Loosen the budget, or run one replica more.',
  when: 'The budget allows no disruption, all of its pods are healthy, and a pod of it is on a cordoned node.',
  unless: 'A pod is unhealthy: then the budget does what it is for.',
  cures: { fits: ['scale', 'patch'], pointless: ['restart', 'rollback', 'resize'], harmful: ['drain', 'delete'] },
  kinds: ['PodDisruptionBudget'],
  find(budget, snapshot) {
    const { namespace, name } = budget.metadata;
    const { disruptionsAllowed, currentHealthy = 0, expectedPods = 0 } = budget.status ?? {};
    if (disruptionsAllowed !== 0 || expectedPods === 0 || currentHealthy < expectedPods) return undefined;
    const cordoned = snapshot
      .selected(namespace, budget.spec?.selector ?? {})
      .map(({ spec }) => snapshot.find('Node', { name: spec?.nodeName ?? '' }))
      .find((node) => node?.spec?.unschedulable === true);
    if (cordoned === undefined) return undefined;
    return {
      text: `Budget ${namespace}/${name} keeps node ${cordoned.metadata.name} from being drained: all ${expectedPods} pods are healthy, and none may go.`,
      evidence: [
        fieldEvidence(
          refOf(budget),
          'disruptionsAllowed',
          `0 disruptions allowed, ${currentHealthy} of ${expectedPods} healthy`,
        ),
        fieldEvidence(refOf(cordoned), 'unschedulable', `node ${cordoned.metadata.name} is cordoned`),
      ],
    };
  },
};
