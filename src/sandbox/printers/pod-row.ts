/** A pod's row: what its containers are doing, in one word. */
import { fromTimestamp } from '../../std/clock.ts';
import { asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import {
  type Cell,
  conditionOf,
  count,
  createdAge,
  isConditionTrue,
  nameOf,
  NONE,
  orNone,
  text,
} from './cell-texts.ts';
import { humanDuration } from './human-duration.ts';

interface Tally {
  ready: number;
  restarts: number;
  /** Of init containers that keep running. */
  sidecarRestarts: number;
  lastRestart: number;
  lastSidecarRestart: number;
}

const state = (status: Draft, name: string): Draft | undefined => {
  const found = at(status, 'state', name);
  return isObject(found) ? found : undefined;
};

const lastFinish = (status: Draft): number => fromTimestamp(text(status, 'lastState', 'terminated', 'finishedAt')) ?? 0;

const exitText = (terminated: Draft): string =>
  count(terminated, 'signal') !== 0
    ? `Signal:${count(terminated, 'signal')}`
    : `ExitCode:${count(terminated, 'exitCode')}`;

export function podRow(pod: Draft, now: number): readonly Cell[] {
  const inits = objectsOf(at(pod, 'spec', 'initContainers'));
  const sidecars = new Set(
    inits.filter((each) => each['restartPolicy'] === 'Always').map((each) => asText(each['name'])),
  );
  const tally: Tally = { ready: 0, restarts: 0, sidecarRestarts: 0, lastRestart: 0, lastSidecarRestart: 0 };
  const waiting = initReason(pod, { count: inits.length, sidecars }, tally);
  let reason = waiting ?? ownReason(pod);
  if (waiting === undefined || isConditionTrue(pod, 'Initialized')) reason = containerReason(pod, reason, tally);
  const phase = text(pod, 'status', 'phase');
  if (at(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    if (text(pod, 'status', 'reason') === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') reason = 'Terminating';
  }
  const total = objectsOf(at(pod, 'spec', 'containers')).length + sidecars.size;
  const restarts =
    tally.restarts !== 0 && tally.lastRestart !== 0
      ? `${tally.restarts} (${humanDuration(now - tally.lastRestart)} ago)`
      : `${tally.restarts}`;
  return [
    nameOf(pod),
    `${tally.ready}/${total}`,
    reason,
    restarts,
    createdAge(pod, now),
    orNone(asText(objectsOf(at(pod, 'status', 'podIPs'))[0]?.['ip']) || text(pod, 'status', 'podIP')),
    orNone(text(pod, 'spec', 'nodeName')),
    orNone(text(pod, 'status', 'nominatedNodeName')),
    gates(pod),
  ];
}

function ownReason(pod: Draft): string {
  const reason = text(pod, 'status', 'reason') || text(pod, 'status', 'phase');
  return conditionOf(pod, 'PodScheduled')?.['reason'] === 'SchedulingGated' ? 'SchedulingGated' : reason;
}

/** Undefined: the init containers are done. */
function initReason(
  pod: Draft,
  inits: { readonly count: number; readonly sidecars: ReadonlySet<string> },
  tally: Tally,
): string | undefined {
  for (const [index, status] of objectsOf(at(pod, 'status', 'initContainerStatuses')).entries()) {
    const sidecar = inits.sidecars.has(asText(status['name']));
    tally.restarts += count(status, 'restartCount');
    tally.lastRestart = Math.max(tally.lastRestart, lastFinish(status));
    if (sidecar) {
      tally.sidecarRestarts += count(status, 'restartCount');
      tally.lastSidecarRestart = Math.max(tally.lastSidecarRestart, lastFinish(status));
    }
    const terminated = state(status, 'terminated');
    if (terminated && count(terminated, 'exitCode') === 0) continue;
    if (sidecar && status['started'] === true) {
      if (status['ready'] === true) tally.ready++;
      continue;
    }
    if (terminated) return `Init:${asText(terminated['reason']) || exitText(terminated)}`;
    const waiting = asText(state(status, 'waiting')?.['reason']);
    return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${inits.count}`;
  }
  return undefined;
}

function containerReason(pod: Draft, own: string, tally: Tally): string {
  tally.restarts = tally.sidecarRestarts;
  tally.lastRestart = tally.lastSidecarRestart;
  let reason = own;
  let running = false;
  // The first container has the last word.
  for (const status of objectsOf(at(pod, 'status', 'containerStatuses')).toReversed()) {
    tally.restarts += count(status, 'restartCount');
    tally.lastRestart = Math.max(tally.lastRestart, lastFinish(status));
    const waiting = asText(state(status, 'waiting')?.['reason']);
    const terminated = state(status, 'terminated');
    if (waiting !== '') reason = waiting;
    else if (terminated) reason = asText(terminated['reason']) || exitText(terminated);
    else if (status['ready'] === true && state(status, 'running')) {
      running = true;
      tally.ready++;
    }
  }
  if (reason === 'Completed' && running) return isConditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  return reason;
}

function gates(pod: Draft): string {
  const wanted = objectsOf(at(pod, 'spec', 'readinessGates'));
  if (wanted.length === 0) return NONE;
  return `${wanted.filter((gate) => isConditionTrue(pod, asText(gate['conditionType']))).length}/${wanted.length}`;
}

/** Tables mark the rows of finished pods. */
export function podRowConditions(pod: Draft): readonly Draft[] | undefined {
  const phase = text(pod, 'status', 'phase');
  if (phase === 'Succeeded')
    return [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod has completed successfully.' }];
  return phase === 'Failed'
    ? [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod failed.' }]
    : undefined;
}
