/**
 * Real objects that are broken in real ways, each with the cause that the rules have to name. Containers follow scripts
 * (src/sandbox/kubelet/script.ts); everything else is what the API server, controllers and scheduler make of it.
 */
import {
  app,
  asks,
  backend,
  calling,
  crash,
  fault,
  make,
  probe,
  pull,
  ROLLBACK,
  scripted,
  service,
  unscheduled,
  WEB,
  type Fault,
} from './fault-makers.ts';

const FAILS_SECOND = [{ when: { revision: 2 }, exit: { after: '2s', code: 1 } }];
/** A pod that crashes after two seconds is not available before, so that the old revision is kept. */
const HELD = { minReadySeconds: 30 };

export const FAULTS: readonly Fault[] = [
  scripted('the image does not exist', 'startup', [pull('not-found'), ['ImageMissing']]),
  scripted('the registry asks for credentials', 'startup', [pull('unauthorized'), ['PullSecretMissing']], {
    fits: ['patch'],
  }),
  scripted(
    'the registry does not answer',
    'startup',
    [pull('failed to do request: dial tcp 192.0.2.1:443: connect: connection refused'), ['RegistryUnreachable']],
    { fits: [] },
  ),
  scripted('the registry has no address', 'startup', [
    pull('failed to do request: dial tcp: lookup registry.example: no such host'),
    ['RegistryDnsFails'],
  ]),
  scripted(
    'a ConfigMap is missing',
    'startup',
    [{ config: { fails: 'configmap "settings" not found' } }, ['ConfigMapMissing']],
    { root: ['ConfigMap', 'settings'], fits: ['patch'] },
  ),
  scripted('a Secret is missing', 'startup', [{ config: { fails: 'secret "key" not found' } }, ['SecretMissing']], {
    root: ['Secret', 'key'],
    fits: ['patch'],
  }),
  scripted(
    'a key of a ConfigMap is missing',
    'startup',
    [{ config: { fails: "couldn't find key PORT in ConfigMap default/settings" } }, ['ConfigKeyMissing']],
    { root: ['ConfigMap', 'settings'], fits: ['patch'] },
  ),
  scripted(
    'an init container fails',
    'startup',
    [{ when: { container: 'init' }, exit: { after: '1s', code: 3 } }, ['InitContainerFails']],
    { spec: { initContainers: [{ name: 'init', image: 'registry.example/team/init:1' }] } },
  ),
  scripted('the program crashes', 'runtime', [crash(1), ['ApplicationCrashes']], { fits: ['rollback', 'restart'] }),
  scripted('the command is not there', 'runtime', [crash(127), ['ProgramCannotRun']]),
  scripted('the program breaks down', 'runtime', [crash(139), ['MemoryFault']], { fits: ['rollback', 'restart'] }),
  scripted('the program just ends', 'runtime', [crash(0), ['EndsWithoutError']]),
  scripted(
    'the limit is too low',
    'runtime',
    [{ memory: { from: '90Mi', growth: '20Mi', max: '200Mi' } }, ['OutOfMemoryByLimit']],
    { container: { resources: { limits: { memory: '100Mi' } } }, fits: ['resize', 'rollback'] },
  ),
  scripted(
    'the memory leaks',
    'runtime',
    [{ memory: { from: '10Mi', growth: '70Ki', max: '200Mi' } }, ['MemoryLeak']],
    { container: { resources: { limits: { memory: '100Mi' } } }, fits: ['restart', 'rollback'] },
  ),
  scripted(
    'the liveness probe asks another port',
    'runtime',
    [{ live: { failsAfter: '5s', message: 'connection refused' } }, ['LivenessPortWrong']],
    probe('livenessProbe', { httpGet: { port: 9999, path: '/' } }),
  ),
  scripted(
    'the liveness probe speaks another protocol',
    'runtime',
    [{ live: { failsAfter: '5s', message: 'malformed HTTP response' } }, ['LivenessProtocolWrong']],
    probe('livenessProbe', { httpGet: { port: 8080, path: '/' } }),
  ),
  scripted(
    'the liveness probe asks another path',
    'runtime',
    [{ live: { failsAfter: '5s', message: 'HTTP probe failed with statuscode: 404' } }, ['LivenessPathWrong']],
    probe('livenessProbe', { httpGet: { port: 8080, path: '/' } }),
  ),
  scripted(
    'the liveness probe is too tight',
    'runtime',
    [{ start: { after: '300s' } }, ['LivenessTooTight']],
    probe('livenessProbe', { tcpSocket: { port: 8080 }, periodSeconds: 2 }),
  ),
  scripted(
    'the readiness probe asks another port',
    'runtime',
    [{ ready: { failsAfter: '0s', message: 'connection refused' } }, ['ReadinessPortWrong']],
    probe('readinessProbe', { tcpSocket: { port: 9999 } }),
  ),
  scripted(
    'the readiness probe speaks another protocol',
    'runtime',
    [
      { ready: { failsAfter: '0s', message: 'HTTP/1.x transport connection broken: malformed HTTP status code' } },
      ['ReadinessProtocolWrong'],
    ],
    probe('readinessProbe', { httpGet: { port: 8080, path: '/' } }),
  ),
  scripted(
    'the readiness probe asks another path',
    'runtime',
    [{ ready: { failsAfter: '0s', message: 'HTTP probe failed with statuscode: 401' } }, ['ReadinessPathWrong']],
    probe('readinessProbe', { httpGet: { port: 8080, path: '/' } }),
  ),
  scripted(
    'the program cannot serve',
    'runtime',
    [{ ready: { failsAfter: '0s', message: 'HTTP probe failed with statuscode: 503' } }, ['ReadinessFails']],
    probe('readinessProbe', { httpGet: { port: 8080, path: '/' } }),
  ),
  scripted('the database refuses the password', 'runtime', [
    crash(1, ["ERROR 1045 (28000): Access denied for user 'shop'@'10.0.0.4' (using password: YES)"]),
    ['CredentialsRefused'],
  ]),
  scripted(
    'the database is read only',
    'runtime',
    [
      crash(1, ['The MySQL server is running with the --read-only option so it cannot execute this statement']),
      ['DatabaseReadOnly'],
    ],
    { fits: [] },
  ),
  scripted(
    'the database has no connection left',
    'runtime',
    [crash(1, ['FATAL: sorry, too many clients already']), ['ConnectionsExhausted']],
    { fits: ['restart'], harmful: ['scale'] },
  ),
  scripted('the disk is full', 'runtime', [crash(1, ['write /data/wal: No space left on device']), ['DiskFull']], {
    fits: ['patch'],
  }),
  scripted('another container has the port', 'runtime', [crash(1, ['bind: address already in use']), ['PortInUse']]),
  scripted('the configuration is wrong', 'runtime', [
    crash(1, ['error loading configuration: line 3']),
    ['ConfigInvalid'],
  ]),
  scripted(
    'a name does not resolve',
    'service',
    [crash(1, ['java.net.UnknownHostException: catalog']), ['NameResolutionFails']],
    { fits: [] },
  ),
  unscheduled('it asks for too much CPU', 'CpuDoesNotFit', asks({ cpu: '64' }), {
    fits: ['resize', 'scale'],
    harmful: ['drain', 'cordon'],
  }),
  unscheduled('it asks for too much memory', 'MemoryDoesNotFit', asks({ memory: '1Ti' }), {
    fits: ['resize', 'scale'],
    harmful: ['drain', 'cordon'],
  }),
  unscheduled('no node has its label', 'NodeSelectorMatchesNoNode', { nodeSelector: { disk: 'ssd' } }),
  unscheduled('no node matches its affinity', 'NodeAffinityMatchesNoNode', {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }],
        },
      },
    },
  }),
  fault('its replicas may not be together', 'scheduling', {
    objects: [
      app('web', {
        deployment: { replicas: 4 },
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
              ],
            },
          },
        },
      }),
    ],
    causes: ['PodAntiAffinityConflict'],
    root: WEB,
    fits: ['scale', 'rollback'],
  }),
  unscheduled('the nodes have a taint', 'TaintNotTolerated', {}, { taintAll: true }),
  unscheduled('the nodes are cordoned', 'NodesCordoned', {}, { cordonAll: true, fits: [] }),
  fault('its claim gets no volume', 'scheduling', {
    objects: [
      make('PersistentVolumeClaim', 'data', {
        spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      }),
    ],
    causes: ['NoVolumeThere'],
    root: ['PersistentVolumeClaim', 'data'],
    fits: ['patch'],
  }),
  fault('the Service selects nothing', 'service', {
    objects: [app('web'), service('web', { selector: { app: 'wbe' } })],
    causes: ['ServiceSelectorMismatch'],
    root: ['Service', 'web'],
    fits: ['patch'],
  }),
  fault('the Service sends to another port', 'service', {
    objects: [app('web'), service('web', { ports: [{ port: 80, targetPort: 9090 }] })],
    causes: ['ServiceTargetPortMismatch'],
    root: ['Service', 'web'],
    fits: ['patch'],
  }),
  fault('the Service speaks UDP', 'service', {
    objects: [app('web'), service('web', { ports: [{ port: 80, targetPort: 8080, protocol: 'UDP' }] })],
    causes: ['ServiceProtocolMismatch'],
    root: ['Service', 'web'],
    fits: ['patch'],
  }),
  fault('the Service has another port than its callers use', 'service', {
    objects: [...backend({ ports: [{ port: 81, targetPort: 8080 }] }), calling('api:8080')],
    causes: ['ServicePortWrong'],
    root: ['Service', 'api'],
    fits: ['patch'],
  }),
  fault('a caller uses another port', 'service', {
    objects: [...backend(), calling('api:7777')],
    causes: ['DependencyPortWrong'],
    root: ['Deployment', 'front'],
    fits: ROLLBACK,
  }),
  fault('a caller has a wrong address', 'service', {
    objects: [...backend(), service('catalog', { selector: { app: 'api' } }), calling('catalog-old:80')],
    causes: ['DependencyAddressWrong'],
    root: ['Deployment', 'front'],
    fits: ROLLBACK,
  }),
  fault('a dependency is not installed', 'service', {
    objects: [...backend(), calling('payment:80')],
    causes: ['DependencyMissing'],
    root: ['Deployment', 'front'],
    fits: ['patch'],
  }),
  fault('it is scaled to zero', 'service', {
    objects: [app('web', { deployment: { replicas: 0 } }), service('web')],
    causes: ['ScaledToZero'],
    root: WEB,
    fits: ['scale'],
  }),
  fault('the Ingress sends elsewhere', 'service', {
    objects: [
      app('web'),
      service('web'),
      make('Ingress', 'i', {
        spec: {
          rules: [
            {
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 8081 } } } },
                ],
              },
            },
          ],
        },
      }),
    ],
    causes: ['IngressBackendWrong'],
    root: ['Ingress', 'i'],
    fits: ['patch'],
  }),
  fault('a NetworkPolicy lets nothing in', 'service', {
    objects: [
      ...backend(),
      calling('api:80'),
      make('NetworkPolicy', 'deny', {
        spec: { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Ingress'] },
      }),
    ],
    causes: ['NetworkPolicyBlocks'],
    root: ['NetworkPolicy', 'deny'],
    fits: ['patch'],
  }),
  fault('a new revision fails', 'rollout', {
    objects: [app('web', { script: FAILS_SECOND, deployment: HELD }), service('web')],
    later: [
      app('web', { script: FAILS_SECOND, deployment: HELD, container: { image: 'registry.example/team/app:2' } }),
    ],
    causes: ['BadRevision'],
    root: WEB,
    fits: ['rollback'],
  }),
  fault('a rollout is paused', 'rollout', {
    objects: [app('web'), service('web')],
    later: [app('web', { deployment: { paused: true }, container: { image: 'registry.example/team/app:2' } })],
    causes: ['RolloutPaused'],
    root: WEB,
    fits: ['patch'],
  }),
  fault('a job has failed', 'runtime', {
    objects: [
      make('Job', 'load', {
        spec: {
          backoffLimit: 1,
          template: {
            metadata: { annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(crash(2)) } },
            spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/team/load:1' }] },
          },
        },
      }),
    ],
    causes: ['JobExhausted'],
    root: ['Job', 'load'],
    fits: ['restart'],
  }),
];
