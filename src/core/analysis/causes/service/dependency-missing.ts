import type { Cause } from '../../finding.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { given } from '../../../../std/given.ts';
import { workloadsOf } from './addresses.ts';
import { unanswered, unansweredFound } from './dependency.ts';

export const dependencyMissing: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'service',
  specificity: 'symptom',
  means: 'An environment variable names a Service that does not exist.',
  todo: 'Create the Service, or correct the address in the template. Some programs do without a dependency that is switched off.',
  when: 'A variable has a host and a port, and no Service has that name.',
  unless: 'The name of another Service is alike: then DependencyAddressWrong holds.',
  cures: OTHER_OBJECT,
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const wrong = unanswered(workload, snapshot).find(({ meant }) => meant === undefined);
    if (wrong === undefined) return undefined;
    // Its program is there: then the Service is what has gone.
    const { namespace } = workload.metadata;
    const there = workloadsOf(snapshot, namespace).some(({ metadata }) => metadata.name === wrong.name);
    return {
      ...unansweredFound(workload, wrong),
      ...(there && { root: { kind: 'Service', ...given({ namespace }), name: wrong.name } }),
      likely: true,
    };
  },
};
