import { given } from '../../../../std/given.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { CREATE, startFails, workloadName } from './container-wait.ts';

export const secretMissing = startFails({
  states: CREATE.states,
  events: ['Failed', 'FailedMount'],
  message: /secrets? "([^"]+)" not found/i,
  means: 'The pod names a Secret that is not there.',
  todo: 'Create the Secret, or correct its name in the template.',
  when: 'The kubelet says: secret "…" not found.',
  text: (pod, [name], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: Secret ${pod.metadata.namespace}/${name} does not exist.`,
  cures: OTHER_OBJECT,
  only: ({ metadata }, { groups }, snapshot) =>
    snapshot.has('Secret', { namespace: metadata.namespace, name: groups[0] ?? '' }) !== true,
  root: ({ metadata }, [name = '']) => ({ kind: 'Secret', ...given({ namespace: metadata.namespace }), name }),
});
