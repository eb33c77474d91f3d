/** A probe that fails, by kind: what the kubelet says of it, and what the spec asks for. */
import { type Evidence, eventCount, eventEvidence, eventFirst, fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import type { Container, PodObject, PortRef, Probe } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { condition, containersOf, declaredPorts, heard, isReady, lastEnd, portNumber, statusesOf } from '../facts.ts';
import { BAD_TEMPLATE } from '../cures.ts';

export type ProbeKind = 'Liveness' | 'Readiness' | 'Startup';
const FIELDS = { Liveness: 'livenessProbe', Readiness: 'readinessProbe', Startup: 'startupProbe' } as const;

export interface Failing {
  readonly probe: Probe;
  readonly container: Container;
  readonly port: PortRef | undefined;
  readonly message: string;
  readonly evidence: readonly [Evidence, ...Evidence[]];
  readonly since: number | undefined;
  readonly times: number;
}

/**
 * A probe that fails now: liveness and startup probes restart the container, readiness keeps the pod out of Services.
 */
export function failingProbe(pod: PodObject, kind: ProbeKind, snapshot: Snapshot): Failing | undefined {
  const restarted = statusesOf(pod).some(({ restartCount = 0 }) => restartCount > 0);
  if (kind === 'Readiness' ? isReady(pod) : isReady(pod) && !restarted) return undefined;
  // What fails is looked for in pods that were started: one that was never initialised has no probes yet.
  if (condition(pod, 'Initialized')?.status === 'False') return undefined;
  const said = heard(snapshot, pod, {
    reasons: ['Unhealthy'],
    message: new RegExp(`^${kind} probe (?:failed|errored)([\\s\\S]*)`),
  });
  if (said === undefined) return undefined;
  const field = FIELDS[kind];
  // The kubelet names no container: with several, the one that is not ready or was restarted most.
  const most = [...statusesOf(pod)].toSorted(
    (a, b) => Number(a.ready ?? false) - Number(b.ready ?? false) || (b.restartCount ?? 0) - (a.restartCount ?? 0),
  );
  const container = most
    .map(({ name }) => containersOf(pod.spec).find((one) => one.name === name && one[field] !== undefined))
    .find((one) => one !== undefined);
  const probe = container?.[field];
  if (container === undefined || probe === undefined) return undefined;
  const port = (probe.httpGet ?? probe.tcpSocket ?? probe.grpc)?.port;
  return {
    probe,
    container,
    port,
    message: said.event.message ?? '',
    evidence: [
      eventEvidence(said.event),
      fieldEvidence(refOf(pod), field, `${field} of container ${container.name}: ${probeText(probe)}`),
    ],
    since: eventFirst(said.event),
    times: eventCount(said.event),
  };
}

const probeText = ({ httpGet, tcpSocket, grpc, exec, ...times }: Probe): string => {
  const what =
    (httpGet && `GET ${httpGet.scheme ?? 'HTTP'} port ${httpGet.port} ${httpGet.path ?? '/'}`) ??
    (tcpSocket && `TCP port ${tcpSocket.port}`) ??
    (grpc && `gRPC port ${grpc.port}`) ??
    `command ${exec?.command?.join(' ') ?? ''}`;
  const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = times;
  return `${what}, delay ${initialDelaySeconds}s, period ${periodSeconds}s, timeout ${timeoutSeconds}s, threshold ${failureThreshold}`;
};

/**
 * Whether the kubelet ended the container for its probe: it says so, or the container did not end by an error of its
 * own. A program that crashes refuses its probes as well, and that is no fault of theirs.
 */
export function endedByProbe(pod: PodObject, { container }: Failing, snapshot: Snapshot): boolean {
  if (heard(snapshot, pod, { reasons: ['Killing'], message: /failed (?:liveness|startup) probe/ }) !== undefined)
    return true;
  const end = lastEnd(statusesOf(pod).find(({ name }) => name === container.name) ?? { name: '' });
  return end === undefined || end.exitCode === 0 || end.exitCode > 125;
}

/** Whether no container of the pod listens on the port of the probe, as far as they declare ports. */
export function asksWrongPort(pod: PodObject, { port }: Failing): boolean {
  const containers = containersOf(pod.spec);
  const declared = declaredPorts(containers);
  if (port === undefined || declared.length === 0) return false;
  const number = portNumber(containers, port);
  // A named port that no container declares is wrong as well.
  return number === undefined || !declared.includes(number);
}

/**
 * What Go's HTTP and gRPC clients, and the servers behind them, say to the wrong protocol.
 * https://github.com/golang/go/blob/go1.24/src/net/http/transport.go, https://github.com/grpc/grpc-go/tree/v1.72.0/internal/transport
 */
const WRONG_PROTOCOL =
  /malformed HTTP|HTTP response to HTTPS client|HTTP\/1\.x transport connection broken|http2: |server preface|frame too large|tls: first record does not look like a TLS handshake|HTTP request to an HTTPS server|unknown service grpc\.health|does not implement the grpc health|Unimplemented|error reading server|unexpected HTTP status code received from server|connection closed before server preface/i;
const STATUS = /HTTP probe failed with statuscode: (\d+)/;

export type Fault = 'port' | 'protocol' | 'path' | 'time' | 'other';

/** What is wrong with the probe itself. A server error is the program's fault, and no fault of the probe. */
export function faultOf(pod: PodObject, failing: Failing): Fault {
  if (asksWrongPort(pod, failing)) return 'port';
  if (WRONG_PROTOCOL.test(failing.message)) return 'protocol';
  const status = Number(STATUS.exec(failing.message)?.[1] ?? 0);
  if (status >= 400 && status < 500) return 'path';
  if (
    /connection refused|failed to connect|context deadline exceeded|timeout|did not complete within/i.test(
      failing.message,
    )
  )
    return 'time';
  return 'other';
}

interface ProbeCause extends Pick<Cause, 'means' | 'todo' | 'when'> {
  readonly kind: ProbeKind;
  readonly faults: readonly Fault[];
  readonly text: (name: string, failing: Failing) => string;
  readonly only?: (pod: PodObject, failing: Failing, snapshot: Snapshot) => boolean;
  readonly specificity?: Cause['specificity'];
  /** Omitted: those of a wrong template. */
  readonly cures?: Cause['cures'];
}

export const probeFails = ({ kind, faults, text, only, specificity, cures, ...cause }: ProbeCause): Cause<'Pod'> => ({
  family: kind === 'Startup' ? 'startup' : 'runtime',
  specificity: specificity ?? 'exact',
  ...cause,
  unless: kind === 'Readiness' ? 'The pod is ready.' : 'The pod is ready, and no container was restarted.',
  cures: cures ?? BAD_TEMPLATE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    const failing = failingProbe(pod, kind, snapshot);
    if (failing === undefined || !faults.includes(faultOf(pod, failing))) return undefined;
    if (only !== undefined && !only(pod, failing, snapshot)) return undefined;
    return {
      text: text(snapshot.rootOf(pod).name, failing),
      evidence: failing.evidence,
      ...(failing.since !== undefined && { since: failing.since }),
    };
  },
});
