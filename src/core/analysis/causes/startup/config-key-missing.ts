import { given } from '../../../../std/given.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { CREATE, startFails, workloadName } from './container-wait.ts';

export const configKeyMissing = startFails({
  states: CREATE.states,
  events: ['Failed', 'FailedMount'],
  message:
    /(?:couldn.t find key (\S+) in (ConfigMap|Secret) (?:[^/\s]+\/)?(\S+)|references non-existent (ConfigMap|secret|config) key: (\S+))/i,
  means: 'The ConfigMap or Secret is there, and lacks the key that the pod names.',
  todo: 'Add the key, or correct its name in the template.',
  when: 'The kubelet says: couldn’t find key … in ConfigMap or Secret.',
  text: (pod, [key, kind, name, , item], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: ${kind || 'a volume'} ${name ?? ''} has no key ${key || item}.`,
  cures: OTHER_OBJECT,
  root: ({ metadata }, [, kind = '', name = '']) =>
    kind === ''
      ? undefined
      : { kind: kind === 'Secret' ? 'Secret' : 'ConfigMap', ...given({ namespace: metadata.namespace }), name },
});
