import { fromTimestamp } from '../../../../std/clock.ts';
import type { Probe } from '../../objects.ts';
import { lastEnd, statusesOf } from '../facts.ts';
import { endedByProbe, probeFails } from './probe.ts';

/** A server that starts on a busy node needs this long now and then; a probe that gives it less will kill it. */
const USUAL_START_SECONDS = 15;

/** Seconds after which the kubelet ends a container that has not answered yet. */
const patience = ({ initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 }: Probe): number =>
  initialDelaySeconds + periodSeconds * (failureThreshold - 1);

export const livenessTooTight = probeFails({
  kind: 'Liveness',
  faults: ['time'],
  means: 'The liveness probe ends the container before it has started.',
  todo: 'Add a startupProbe, or raise initialDelaySeconds, timeoutSeconds and failureThreshold of livenessProbe.',
  when: 'The liveness probe does not get an answer, and it gives the container less time to start than servers usually need, or every run ended about when its patience did.',
  only(pod, failing, snapshot) {
    const { probe, container } = failing;
    if (container.startupProbe !== undefined || !endedByProbe(pod, failing, snapshot)) return false;
    const allowed = patience(probe);
    if (allowed < USUAL_START_SECONDS) return true;
    const end = lastEnd(statusesOf(pod).find(({ name }) => name === container.name) ?? { name: '' });
    const [from, to] = [fromTimestamp(end?.startedAt), fromTimestamp(end?.finishedAt)];
    // It ended with the first round of probes: the program never had answered one.
    return from !== undefined && to !== undefined && (to - from) / 1000 <= allowed + 2 * (probe.periodSeconds ?? 10);
  },
  text: (name, { probe }) =>
    `${name} is restarted before it has started: its liveness probe ends it ${patience(probe)} seconds after the start.`,
});
