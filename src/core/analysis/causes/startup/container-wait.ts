/** A container that does not start, by what the kubelet and the runtime say of it. */
import { type Evidence, eventEvidence, eventFirst, type ObjectRef, oneLine } from '../../evidence.ts';
import type { Cause, Cures } from '../../finding.ts';
import type { PodObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { containerEvidence, heard, isUnwell, lastEnd, statusesOf } from '../facts.ts';
import { BAD_TEMPLATE } from '../cures.ts';

/** What is said of a failing start: by the state of a container, or by an event of the pod. */
export interface Said {
  readonly text: string;
  readonly groups: readonly string[];
  readonly evidence: readonly [Evidence, ...Evidence[]];
  readonly since?: number;
}

interface StartCause extends Pick<Cause, 'means' | 'todo' | 'when'> {
  /** In the state of a container: `ErrImagePull`, or how the last run ended: `OOMKilled`. */
  readonly states: readonly string[];
  /** Of events. */
  readonly events: readonly string[];
  readonly message: RegExp;
  readonly family?: Cause['family'];
  readonly specificity?: Cause['specificity'];
  readonly cures?: Cures;
  readonly unless?: string;
  readonly text: (pod: PodObject, groups: readonly string[], snapshot: Snapshot) => string;
  readonly root?: (pod: PodObject, groups: readonly string[], snapshot: Snapshot) => ObjectRef | undefined;
  readonly only?: (pod: PodObject, said: Said, snapshot: Snapshot) => boolean;
}

export function startFails(given: StartCause): Cause<'Pod'> {
  const { states, events, message, text, root, only, unless, cures, family, specificity, ...cause } = given;
  return {
    family: family ?? 'startup',
    specificity: specificity ?? 'exact',
    ...cause,
    unless: unless ?? 'The pod is ready, and no container was restarted within ten minutes.',
    cures: cures ?? BAD_TEMPLATE,
    kinds: ['Pod'],
    find(pod, snapshot) {
      if (!isUnwell(pod, snapshot.at)) return undefined;
      const said = saidOf(pod, snapshot, { states, events, message });
      if (said === undefined || (only !== undefined && !only(pod, said, snapshot))) return undefined;
      const at = root?.(pod, said.groups, snapshot);
      return {
        ...(at !== undefined && { root: at }),
        text: oneLine(text(pod, said.groups, snapshot)),
        evidence: said.evidence,
        ...(said.since !== undefined && { since: said.since }),
      };
    },
  };
}

type Asked = Pick<StartCause, 'states' | 'events' | 'message'>;

/** The event is preferred: its message is whole, where that of a container that backs off says only that it does. */
function saidOf(pod: PodObject, snapshot: Snapshot, { states, events, message }: Asked): Said | undefined {
  const event = heard(snapshot, pod, { reasons: events, message });
  if (event !== undefined) {
    const since = eventFirst(event.event);
    const container = statusesOf(pod).find(({ ready }) => ready !== true);
    return {
      text: event.event.message ?? '',
      groups: event.groups,
      evidence: [eventEvidence(event.event), ...(container === undefined ? [] : [containerEvidence(pod, container)])],
      ...(since !== undefined && { since }),
    };
  }
  for (const container of statusesOf(pod)) {
    const { waiting } = container.state ?? {};
    const end = lastEnd(container);
    for (const one of [waiting, end]) {
      if (one === undefined || !states.includes(one.reason ?? '')) continue;
      const match = message.exec(one.message ?? '');
      if (match === null) continue;
      const groups = match.slice(1).map((group) => group ?? '');
      return { text: one.message ?? '', groups, evidence: [containerEvidence(pod, container)] };
    }
  }
  return undefined;
}

/** Events and states of an image that cannot be pulled. */
export const PULL = {
  states: [
    'ErrImagePull',
    'ImagePullBackOff',
    'InvalidImageName',
    'ErrImageNeverPull',
    'ImageInspectError',
    'RegistryUnavailable',
  ],
  events: ['Failed', 'InspectFailed', 'ErrImageNeverPull'],
} as const;

/** Of a container whose configuration or process cannot be made. */
export const CREATE = {
  states: [
    'CreateContainerConfigError',
    'CreateContainerError',
    'RunContainerError',
    'StartError',
    'ContainerCannotRun',
  ],
  events: ['Failed', 'FailedCreatePodContainer', 'BackOff'],
} as const;

export const MOUNT = { states: [], events: ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume'] } as const;

export const workloadName = (pod: PodObject, snapshot: Snapshot): string => snapshot.rootOf(pod).name;
