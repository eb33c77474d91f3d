/**
 * Before anything that takes a pod away: would the next one start? A restart of a workload whose Secret somebody has
 * deleted, whose quota was lowered, or which an admission webhook refuses by now, turns a problem into an outage. A
 * function of what was read; what could not be read keeps nothing back, and is named.
 */
import { type Result, whyNot } from '../../std/result.ts';
import type { ClaimObject, PodObject, QuotaObject } from '../analysis/objects.ts';
import type { Admission } from './admission.ts';
import { quotaAgainst } from './quota.ts';
import type { Reference } from './references.ts';
import { roomFor, type RoomSight } from './room.ts';

export interface NamedObject {
  readonly reference: Reference;
  /** `missing`, or the object, or why it was not seen. */
  readonly found: Result<'missing' | 'there' | ClaimObject>;
}

export interface SuccessorSight {
  readonly pod: PodObject;
  /** Pods that go first. */
  readonly going: readonly PodObject[];
  readonly names: readonly NamedObject[];
  readonly quotas: Result<readonly QuotaObject[]>;
  readonly admission: Admission;
  /** Absent of a pod that its controller places itself. */
  readonly room?: Result<RoomSight>;
}

export interface Replacement {
  /** Why the next pod would not start, each reason as the rest of a sentence; empty when it would. */
  readonly impossible: readonly string[];
  /** What could not be looked at, and why. */
  readonly unchecked: readonly string[];
}

export function replacementOf(sight: SuccessorSight): Replacement {
  const found = [...sight.names.map(named), quota(sight), admission(sight), room(sight)];
  return {
    impossible: found.flatMap((one) => ('value' in one ? one.value : [])),
    unchecked: [...new Set(found.flatMap((one) => ('whyNot' in one ? one.whyNot : [])))],
  };
}

/** Reasons why not, none when there is none, or why that cannot be told. */
type Against = Result<readonly string[]>;
const NOTHING: Against = { value: [] };
const against = (why: string): Against => ({ value: [why] });

function named({ reference: { kind, name, by }, found }: NamedObject): Against {
  if ('whyNot' in found) return whyNot(`${kind}s (${found.whyNot})`);
  if (found.value === 'missing') return against(`${kind} ${name}, which ${by} names, is not there`);
  if (found.value === 'there' || found.value.status?.phase !== 'Lost') return NOTHING;
  return against(`${kind} ${name}, which ${by} names, has lost its volume`);
}

function quota({ pod, going, quotas }: SuccessorSight): Against {
  if ('whyNot' in quotas) return whyNot(`quotas (${quotas.whyNot})`);
  const why = quotaAgainst(pod, going, quotas.value);
  return why === undefined ? NOTHING : against(why);
}

function admission({ admission: said, quotas }: SuccessorSight): Against {
  switch (said.admitted) {
    case 'yes':
      return NOTHING;
    case 'no':
      return against(said.why);
    case 'by its quota':
      return 'whyNot' in quotas ? whyNot('admission (a quota has no room before the pod is gone)') : NOTHING;
    case 'unknown':
      return whyNot(`admission (${said.why})`);
  }
}

function room({ pod, going, room: seen }: SuccessorSight): Against {
  if (seen === undefined) return NOTHING;
  if ('whyNot' in seen) return whyNot(`room on the nodes (${seen.whyNot})`);
  const found = roomFor(pod, going, seen.value);
  if (found.room === 'yes') return NOTHING;
  return found.room === 'no' ? against(found.why) : whyNot(`room on the nodes (${found.why})`);
}
