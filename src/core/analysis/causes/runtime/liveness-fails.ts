import { endedByProbe, probeFails } from './probe.ts';

export const livenessFails = probeFails({
  kind: 'Liveness',
  faults: ['time', 'other'],
  means: 'The program stopped answering its liveness probe after it had worked.',
  todo: 'Read the log of the last run: kubectl logs POD --previous. Look for a deadlock or for too little CPU.',
  when: 'The liveness probe fails in a container that had run for longer than its start takes.',
  text: (name) => `${name} is restarted: it stops answering its liveness probe after a while.`,
  specificity: 'symptom',
  only: endedByProbe,
});
