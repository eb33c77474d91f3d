/** Programs that end, or are ended. */
import { crash, fault, make, probe, ROLLBACK } from '../fault-makers.ts';
import { script, type Script } from './script.ts';
import { broken, says } from './stage.ts';

const HEALTH = { httpGet: { port: 8080, path: '/healthz' } };
const LISTENS = { ports: [{ containerPort: 9555 }] };
const refused = 'dial tcp 10.1.0.7:8080: connect: connection refused';

export const RUNTIME: readonly Script[] = [
  script(
    /misconfigured-.*-readiness-probe|readiness_probe_misconfiguration/,
    broken(
      'a readiness probe of another port',
      'runtime',
      { script: [{ ready: { failsAfter: '0s', message: refused } }], ...probe('readinessProbe', HEALTH, LISTENS) },
      ['ReadinessPortWrong'],
    ),
  ),
  script(
    /failed_readiness_probe/,
    broken(
      'a program that is never ready',
      'runtime',
      {
        script: [{ ready: { failsAfter: '0s', message: 'service unhealthy (responded with "NOT_SERVING")' } }],
        ...probe('readinessProbe', { grpc: { port: 8080 } }),
      },
      ['ReadinessFails'],
      { fits: ['rollback', 'restart'] },
    ),
  ),
  script(
    /liveness_probe_misconfiguration/,
    broken(
      'a liveness probe of another port',
      'runtime',
      { script: [{ live: { failsAfter: '0s', message: refused } }], ...probe('livenessProbe', HEALTH, LISTENS) },
      ['LivenessPortWrong'],
    ),
  ),
  script(
    /liveness_probe_too_aggressive/,
    broken(
      'a liveness probe without patience',
      'runtime',
      {
        script: [{ start: { after: '20s' } }],
        container: { livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 1 } },
      },
      ['LivenessTooTight'],
    ),
  ),
  script(
    /insufficient-.*-container-resources|resource_request_too_small|nightly_rebalance_oom|mutating_webhook_resource/,
    broken(
      'less memory than the program needs to start',
      'runtime',
      {
        script: [{ memory: { from: '90Mi', growth: '50Mi', max: '200Mi' } }],
        container: { resources: { limits: { memory: '64Mi' } } },
      },
      ['OutOfMemoryByLimit'],
      { fits: ['resize', 'rollback'] },
    ),
  ),
  script(
    /valkey.*memory|valkey-workload-out-of-memory/,
    broken(
      'a cache that is filled until it ends',
      'runtime',
      {
        script: [{ memory: { from: '10Mi', growth: '200Ki', max: '200Mi' } }],
        container: { resources: { limits: { memory: '64Mi' } } },
      },
      ['MemoryLeak', 'OutOfMemoryByLimit'],
      { fits: ['resize', 'restart'] },
    ),
  ),
  script(
    /misconfig_app|update_incompatible|flower_node_stop/,
    broken(
      'a program that crashes',
      'runtime',
      { script: [crash(2, ['panic: unexpected data file version'])] },
      ['ApplicationCrashes'],
      { fits: ['rollback', 'restart'] },
    ),
  ),
  script(
    /valkey_auth|valkey-workload-changed-password/,
    says(
      'a cache that wants another password',
      'WRONGPASS invalid username-password pair or user is disabled.',
      ['CredentialsRefused'],
      { fits: ROLLBACK },
    ),
  ),
  script(
    /corrupted-.*-secret-credentials|secret_rotation_stale/,
    says(
      'a database that wants another password',
      'pq: password authentication failed for user "orders"',
      ['CredentialsRefused'],
      { fits: ROLLBACK },
    ),
  ),
  script(
    /revoke_auth/,
    says(
      'a right that was taken away',
      'not authorized on store-db to execute command { find: "items", filter: {}, $db: "store-db" }',
      ['CredentialsRefused'],
      { fits: ROLLBACK },
    ),
  ),
  script(
    /storage_user_unregistered|user_unregistered/,
    says(
      'a user that is not there',
      '(AuthenticationFailed) Authentication failed. UserNotFound: Could not find user "admin" for db "admin"',
      ['CredentialsRefused'],
      { fits: ROLLBACK },
    ),
  ),
  script(
    /auth_miss|node_clock_drift|expired_tls/,
    says(
      'a certificate that does not hold',
      'tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-02-01T00:00:00Z is after 2026-01-01T00:00:00Z',
      ['CertificateInvalid', 'ClockSkewed'],
      { fits: ['restart'] },
    ),
  ),
  script(
    /missing_env_variable/,
    says('a variable that is not set', 'panic: required environment variable "STORE_ADDR" not set', ['ConfigInvalid'], {
      fits: ROLLBACK,
    }),
  ),
  script(
    /dev_shm_exhaustion/,
    broken(
      'shared memory that is full',
      'runtime',
      { script: [crash(1, ["dd: error writing '/dev/shm/frames': No space left on device"])] },
      ['DiskFull'],
    ),
  ),
  script(
    /cronjob_sidecar_blocks/,
    fault('a job that its sidecar keeps from ending', 'runtime', {
      objects: [
        make('Job', 'archive', {
          spec: {
            template: {
              metadata: {
                annotations: {
                  'sandbox.kubeskippy.io/script': JSON.stringify([
                    { when: { container: 'main' }, exit: { after: '5s', code: 0 } },
                    { exit: { after: '3h', code: 0 } },
                  ]),
                },
              },
              spec: {
                restartPolicy: 'Never',
                containers: [
                  { name: 'main', image: 'registry.example/team/archive:1' },
                  { name: 'ship', image: 'registry.example/team/ship:1' },
                ],
              },
            },
          },
        }),
      ],
      causes: ['SidecarKeepsJob'],
      root: ['Job', 'archive'],
      fits: ['patch'],
    }),
  ),
];
