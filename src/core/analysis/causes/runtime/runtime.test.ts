import type { CauseName } from '../index.ts';
import { ago, container, ended, look, make, pod, said, unready } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows, type Row } from '../../../../../test/kit/analysis/rows.ts';

type Fields = Readonly<Record<string, unknown>>;
const KINDS = { Liveness: 'livenessProbe', Readiness: 'readinessProbe' } as const;
const probed = (kind: keyof typeof KINDS, probe: Fields, message: string, status: Fields = ended(137, 'Error')) =>
  look([pod({ spec: { containers: [container({ [KINDS[kind]]: probe })] }, status })], {
    events: [said('Unhealthy', `${kind} probe failed: ${message}`)],
  });
const HTTP = { httpGet: { port: 8080, path: '/well' }, initialDelaySeconds: 30 };
const READY = pod().status as Fields;
/** Nearly: the same probe with another answer. Against: the pod is ready. */
const probeRow = (kind: keyof typeof KINDS, probe: Fields, [message, other]: readonly [string, string]): Row => ({
  holds: probed(kind, probe, message),
  nearly: probed(kind, HTTP, other),
  against: probed(kind, probe, message, READY),
});

const endings = (exitCode: number, reason: string, other: number, seconds = 5): Row => ({
  holds: look([pod({ status: ended(exitCode, reason, seconds) })]),
  nearly: look([pod({ status: ended(other, 'Error', seconds) })]),
  // It was restarted long ago, and has been ready since.
  against: look([
    pod({
      status: {
        containerStatuses: [
          {
            name: 'main',
            ready: true,
            restartCount: 1,
            lastState: { terminated: { exitCode, reason, finishedAt: '2026-01-01T10:00:00Z' } },
          },
        ],
      },
    }),
  ]),
});

const log = (...lines: readonly string[]) => [{ pod: { kind: 'Pod', namespace: 'shop', name: 'web-1-a' }, lines }];
/** Nearly: another line. Against: one line of a pod that is well. */
const logRow = (line: string, other = 'listening on :8080'): Row => ({
  holds: look([pod({ status: ended(1, 'Error') })], { logs: log(line) }),
  nearly: look([pod({ status: ended(1, 'Error') })], { logs: log(other) }),
  against: look([pod()], { logs: log(line) }),
});

const job = (conditions: readonly Fields[]) => make('Job', 'load', { status: { conditions } });
const evicted = (phase: string, reason: string) =>
  pod({ status: { phase, reason, message: 'The node was low on resource: memory.', conditions: [] } });

const ofJob = (finishedAt: string, restartPolicy = 'Never') =>
  pod({
    metadata: { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'load', uid: 'u', controller: true }] },
    spec: { restartPolicy },
    status: {
      ...unready(),
      containerStatuses: [
        { name: 'main', ready: false, restartCount: 0, state: { terminated: { exitCode: 0, finishedAt } } },
        { name: 'ship', ready: true, restartCount: 0, state: { running: {} } },
      ],
    },
  });
const rows: Readonly<Partial<Record<CauseName, Row>>> = {
  LivenessPortWrong: probeRow('Liveness', { httpGet: { port: 9999 } }, ['connection refused', 'connection refused']),
  LivenessProtocolWrong: probeRow('Liveness', HTTP, ['malformed HTTP response', 'connection refused']),
  LivenessPathWrong: probeRow('Liveness', HTTP, [
    'HTTP probe failed with statuscode: 404',
    'HTTP probe failed with statuscode: 500',
  ]),
  ReadinessPortWrong: probeRow('Readiness', { grpc: { port: 9999 } }, ['connection refused', 'connection refused']),
  ReadinessProtocolWrong: probeRow('Readiness', HTTP, [
    'net/http: HTTP/1.x transport connection broken',
    'connection refused',
  ]),
  ReadinessPathWrong: probeRow('Readiness', HTTP, [
    'HTTP probe failed with statuscode: 403',
    'HTTP probe failed with statuscode: 503',
  ]),
  ReadinessFails: probeRow('Readiness', HTTP, [
    'HTTP probe failed with statuscode: 503',
    'HTTP probe failed with statuscode: 404',
  ]),
  LivenessFails: probeRow('Liveness', HTTP, ['context deadline exceeded', 'HTTP probe failed with statuscode: 404']),
  LivenessTooTight: {
    holds: probed('Liveness', { httpGet: { port: 8080 }, periodSeconds: 1 }, 'connection refused'),
    // The program ended by itself: its probe is not to blame.
    nearly: probed('Liveness', { httpGet: { port: 8080 }, periodSeconds: 1 }, 'connection refused', ended(1, 'Error')),
    against: probed('Liveness', { httpGet: { port: 8080 }, periodSeconds: 1 }, 'connection refused', READY),
  },
  OutOfMemoryByLimit: endings(137, 'OOMKilled', 137),
  MemoryLeak: endings(137, 'OOMKilled', 137, 3600),
  ApplicationCrashes: endings(1, 'Error', 137),
  ProgramCannotRun: endings(127, 'Error', 1),
  MemoryFault: endings(139, 'Error', 1),
  EndsWithoutError: endings(0, 'Completed', 1),
  Evicted: {
    holds: look([evicted('Failed', 'Evicted')]),
    nearly: look([evicted('Failed', 'NodeLost')]),
    against: look([evicted('Running', 'Evicted')]),
  },
  SidecarKeepsJob: {
    holds: look([ofJob(ago(900))]),
    nearly: look([ofJob(ago(60))]),
    against: look([ofJob(ago(900), 'Always')]),
  },
  ApiAccessForbidden: logRow(
    'pods is forbidden: User "system:serviceaccount:shop:web" cannot list resource "pods" in API group "" in the namespace "shop"',
    'pods is forbidden: exceeded quota',
  ),
  JobExhausted: {
    holds: look([job([{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }])]),
    nearly: look([job([{ type: 'Failed', status: 'False' }])]),
    against: look([job([{ type: 'Complete', status: 'True' }])]),
  },
  CredentialsRefused: logRow("Access denied for user 'shop'@'10.0.0.1' (using password: YES)", 'Too many connections'),
  DatabaseReadOnly: logRow(
    'The MySQL server is running with the --read-only option so it cannot execute this statement',
  ),
  ConnectionsExhausted: logRow('HikariPool-1 - Connection is not available, request timed out after 30000ms'),
  DiskFull: logRow('write /data/x: no space left on device'.replace('no', 'No')),
  PortInUse: logRow('listen tcp :8080: bind: address already in use'),
  ConfigInvalid: logRow('Could not resolve placeholder "db.url"', 'resolved placeholder'),
  OutOfMemoryInside: logRow('java.lang.OutOfMemoryError: Java heap space'),
  CertificateInvalid: logRow('x509: certificate has expired or is not yet valid'),
  DependencyDown: logRow('dial tcp 10.0.0.9:3306: connect: connection refused'),
};

holdsInRows(rows);
