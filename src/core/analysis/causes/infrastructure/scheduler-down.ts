import { fromTimestamp } from '../../../../std/clock.ts';
import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { isNode, isPod, type PodObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { condition, isReady, isUnscheduled } from '../facts.ts';
import { OUTSIDE } from '../cures.ts';
import { fitsNode } from '../scheduling/fit.ts';
import { serviceEvidence } from './node.ts';

/** A scheduler looks at a new pod within a second; a busy one takes a few. */
const OVERLOOKED_MS = 30_000;

/** A pod of the control plane that is a static pod has this label. https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/ */
const isComponent = (name: string, { metadata }: PodObject): boolean =>
  metadata.namespace === 'kube-system' && metadata.labels?.['component'] === name;

/** The scheduler leaves a condition and an event on each pod that it looked at. One that has neither was overlooked. */
const isOverlooked = (pod: PodObject, snapshot: Snapshot): boolean =>
  isUnscheduled(pod) &&
  (pod.spec?.schedulingGates ?? []).length === 0 &&
  snapshot.sees('Event', pod.metadata.namespace) &&
  !snapshot.eventsOf(refOf(pod)).some(({ reason }) => reason === 'FailedScheduling' || reason === 'Scheduled') &&
  condition(pod, 'PodScheduled') === undefined &&
  snapshot.at - (fromTimestamp(pod.metadata.creationTimestamp) ?? snapshot.at) > OVERLOOKED_MS;

export const schedulerDown: Cause<'Node' | 'Pod'> = {
  family: 'infrastructure',
  specificity: 'exact',
  means: 'The scheduler of the cluster does not work, so that new pods get no node.',
  todo: 'Start kube-scheduler on the control plane, and look why it ended.',
  when: 'The node says that the service does not run, its pod in kube-system is not ready, or a pod has waited for 30 seconds and no scheduler has said anything of it.',
  unless: 'The scheduler has said something of the pod. Events could not be read.',
  cures: { ...OUTSIDE, harmful: ['restart', 'delete', 'drain'], pointless: ['scale', 'rollback'] },
  kinds: ['Node', 'Pod'],
  find(object, snapshot) {
    if (isNode(object)) {
      const asked = snapshot.nodeServices.find(
        (one) => one.node === object.metadata.name && one.service === 'kube-scheduler',
      );
      if (asked === undefined || asked.running) return undefined;
      return {
        text: `The scheduler on node ${object.metadata.name} does not run.`,
        evidence: [serviceEvidence(object, asked)],
      };
    }
    if (!isPod(object)) return undefined;
    if (isComponent('kube-scheduler', object) && !isReady(object) && !others(object, snapshot))
      return {
        root: { kind: 'Node', name: object.spec?.nodeName ?? '' },
        text: `The scheduler on node ${object.spec?.nodeName} is not ready.`,
        evidence: [fieldEvidence(refOf(object), 'ready', `pod ${object.metadata.name} is not ready`)],
      };
    if (!isOverlooked(object, snapshot)) return undefined;
    // A node that runs a scheduler, and says so, is heard.
    if (snapshot.nodeServices.some(({ service, running }) => service === 'kube-scheduler' && !running))
      return undefined;
    const node = snapshot.all('Node').find((one) => fitsNode(object, one, snapshot));
    return {
      root: { kind: 'Lease', namespace: 'kube-system', name: 'kube-scheduler' },
      text: `The scheduler does nothing: pod ${object.metadata.name} waits, and nothing was said of it${node === undefined ? '' : `, though node ${node.metadata.name} has room`}.`,
      evidence: [
        fieldEvidence(refOf(object), 'unscheduled', 'no node, no condition PodScheduled, and no event of a scheduler'),
      ],
      likely: true,
    };
  },
};

const others = (pod: PodObject, snapshot: Snapshot): boolean =>
  snapshot.in('Pod', 'kube-system').some((one) => one !== pod && isComponent('kube-scheduler', one) && isReady(one));
