import { given } from '../../../../std/given.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { CREATE, startFails, workloadName } from './container-wait.ts';

export const configMapMissing = startFails({
  states: CREATE.states,
  events: ['Failed', 'FailedMount'],
  message: /configmap "([^"]+)" not found/i,
  means: 'The pod names a ConfigMap that is not there.',
  todo: 'Create the ConfigMap, or correct its name in the template.',
  when: 'The kubelet says: configmap "…" not found.',
  text: (pod, [name], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: ConfigMap ${pod.metadata.namespace}/${name} does not exist.`,
  cures: OTHER_OBJECT,
  only: ({ metadata }, { groups }, snapshot) =>
    snapshot.has('ConfigMap', { namespace: metadata.namespace, name: groups[0] ?? '' }) !== true,
  root: ({ metadata }, [name = '']) => ({ kind: 'ConfigMap', ...given({ namespace: metadata.namespace }), name }),
});
