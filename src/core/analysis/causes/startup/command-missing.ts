import { CREATE, startFails, workloadName } from './container-wait.ts';

export const commandMissing = startFails({
  ...CREATE,
  message:
    /exec:? "?([^":]+)"?: (?:executable file not found|stat [^:]*: no such file|no such file or directory|permission denied|is a directory)|executable file `([^`]+)` not found/,
  means: 'The image has no program at the path of the command, or it may not be run.',
  todo: 'Correct command and args of the template, or the image.',
  when: 'The runtime says that the executable file is not found.',
  text: (pod, [command, ofCrun], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the image has no program ${command || ofCrun} that can be run.`,
});
