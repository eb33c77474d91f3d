import { refOf } from '../../evidence.ts';
import type { PodObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { serviceNamed } from '../service/addresses.ts';
import { saysInLog } from './log.ts';

/** The workload behind the name that a line has, where that name is a Service; else the Service itself. */
function behind({ metadata }: PodObject, groups: readonly string[], snapshot: Snapshot) {
  const host = groups.find((group) => group !== '');
  const at = host === undefined ? undefined : serviceNamed(host, metadata.namespace);
  const service = at && snapshot.find('Service', at);
  if (service === undefined) return undefined;
  const [pod] = snapshot.selected(service.metadata.namespace, { matchLabels: service.spec?.selector ?? {} });
  return pod === undefined ? refOf(service) : snapshot.rootOf(pod);
}

export const dependencyDown = saysInLog({
  family: 'runtime',
  specificity: 'symptom',
  pattern:
    /(?:([a-z0-9][a-z0-9.-]+):\d{2,5}[^a-z]{0,12}(?:connection refused|connect: |failed|timed? ?out)|[Cc]onnection refused|ECONNREFUSED|[Cc]onnection reset by peer|[Nn]o route to host|Communications link failure|code = Unavailable|UNAVAILABLE|upstream connect error|connect(?:ion)? timed? ?out)/,
  means: 'A server that the program depends on does not answer.',
  todo: 'Look at the server first: its own cause explains this one.',
  when: 'Lines of the log say that connections are refused or time out, of a pod that is unwell, or at least three lines.',
  cures: { fits: [], pointless: ['restart', 'delete', 'rollback', 'resize'], harmful: ['scale'] },
  text: (name, groups) =>
    `${name} cannot reach ${groups.find((group) => group !== '') ?? 'a server that it depends on'}.`,
  root: behind,
});
