import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { containerEvidence, isUnwell, statusesOf } from '../facts.ts';
import { BAD_TEMPLATE } from '../cures.ts';

/** The containers of a pod share one network: two of them cannot listen on one port. */
export const sidecarPortConflict: Cause<'Pod'> = {
  family: 'startup',
  specificity: 'exact',
  means: 'Two containers of the pod want the same port, and the second cannot listen.',
  todo: 'Give the containers of the template different ports.',
  when: 'Two containers declare the same port and protocol, and one of them is not ready or was restarted.',
  unless: 'Both containers are ready.',
  cures: BAD_TEMPLATE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    if (!isUnwell(pod, snapshot.at)) return undefined;
    const taken = new Map<string, string>();
    for (const { name, ports = [] } of pod.spec?.containers ?? []) {
      for (const { containerPort, protocol = 'TCP' } of ports) {
        const port = `${containerPort}/${protocol}`;
        const other = taken.get(port);
        taken.set(port, other ?? name);
        if (other === undefined || other === name) continue;
        const failing = statusesOf(pod).find((one) => [name, other].includes(one.name) && one.ready !== true);
        if (failing === undefined) continue;
        return {
          text: `${snapshot.rootOf(pod).name} does not start: containers ${other} and ${name} both want port ${port}.`,
          evidence: [
            fieldEvidence(refOf(pod), `ports:${port}`, `containers ${other} and ${name} declare port ${port}`),
            containerEvidence(pod, failing),
          ],
        };
      }
    }
    return undefined;
  },
};
