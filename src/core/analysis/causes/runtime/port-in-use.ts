import { saysInLog } from './log.ts';

export const portInUse = saysInLog({
  family: 'runtime',
  pattern:
    /[Aa]ddress already in use|EADDRINUSE|[Pp]ort \d+ (?:was|is) already in use|bind\(\) to \S+ failed|Failed to bind to/,
  means: 'Another container of the pod, or of the host, has the port already.',
  todo: 'Give the containers of the pod different ports.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: ['rollback', 'patch'], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: [] },
  text: (name) => `${name} cannot listen: its port is taken by another container of the pod.`,
});
