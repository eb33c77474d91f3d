import type { Cause } from '../../finding.ts';
import { BAD_TEMPLATE } from '../cures.ts';
import { unanswered, unansweredFound } from './dependency.ts';

export const dependencyAddressWrong: Cause<'Deployment' | 'StatefulSet' | 'DaemonSet'> = {
  family: 'service',
  specificity: 'exact',
  means: 'An environment variable names a Service that does not exist, and its name is nearly that of one that does.',
  todo: 'Correct the address in the template.',
  when: 'A variable has a host and a port, no Service has that name, and the name of one that the workload does not call otherwise is alike.',
  unless: 'Services of that namespace could not be read, or the host is outside of the cluster.',
  cures: BAD_TEMPLATE,
  kinds: ['Deployment', 'StatefulSet', 'DaemonSet'],
  find(workload, snapshot) {
    const wrong = unanswered(workload, snapshot).find(({ meant }) => meant !== undefined);
    return wrong && unansweredFound(workload, wrong);
  },
};
