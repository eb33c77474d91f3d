/** Pods that are not made, or do not start. */
import { crash, fault, make, pull, service } from '../fault-makers.ts';
import { script, type Script } from './script.ts';
import { broken, init, orders, scene, store, STORE } from './stage.ts';

export const STARTUP: readonly Script[] = [
  script(
    /nonexistent-.*-image$|^incorrect_image|faulty_image|wrong_operator_image/,
    broken('an image that is not there', 'startup', { script: [pull('not-found')] }, ['ImageMissing']),
  ),
  script(
    /unsupported-architecture/,
    broken(
      'an image for another architecture',
      'startup',
      {
        script: [
          pull('no matching manifest for linux/amd64 in the manifest list entries: no match for platform in manifest'),
        ],
      },
      ['ImageArchitectureMismatch'],
    ),
  ),
  script(
    /invalid-.*-command|wrong_bin/,
    broken(
      'a command that is not there',
      'startup',
      {
        script: [
          {
            exit: {
              after: '0s',
              code: 128,
              reason: 'StartError',
              message:
                'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "serve": executable file not found in $PATH: unknown',
            },
          },
        ],
      },
      ['CommandMissing'],
    ),
  ),
  script(
    /crashing-.*-init-container/,
    broken('an init container that ends with an error', 'startup', init({ exit: { after: '1s', code: 1 } }), [
      'InitContainerFails',
    ]),
  ),
  script(
    /hanging-.*-init-container|init_container_dependency_hang|rolling_update_misconfigured/,
    broken('an init container that never ends', 'startup', init({ exit: { after: '3h' } }), ['InitContainerHangs']),
  ),
  script(
    /rbac_misconfiguration/,
    broken(
      'an init container that may not read what it needs',
      'startup',
      init({
        exit: { after: '1s', code: 1 },
        logs: {
          lines: [
            'Error from server (Forbidden): configmaps "settings" is forbidden: User "system:serviceaccount:default:store" cannot get resource "configmaps" in API group "" in the namespace "default"',
          ],
        },
      }),
      ['ApiAccessForbidden'],
      { fits: [] },
    ),
  ),
  script(
    /missing_configmap/,
    broken(
      'a ConfigMap that is not there',
      'startup',
      { script: [{ config: { fails: 'configmap "settings" not found' } }] },
      ['ConfigMapMissing'],
      { root: ['ConfigMap', 'settings'], fits: ['patch'] },
    ),
  ),
  script(
    /configmap_drift/,
    broken(
      'a ConfigMap that has lost a key',
      'startup',
      { script: [{ config: { fails: "couldn't find key store.json in ConfigMap default/settings" } }] },
      ['ConfigKeyMissing'],
      { root: ['ConfigMap', 'settings'], fits: ['patch'] },
    ),
  ),
  script(
    /sidecar_port_conflict/,
    broken(
      'a sidecar on the port of its program',
      'startup',
      {
        script: [
          { when: { container: 'side' }, ...crash(1, ['listen tcp 0.0.0.0:8080: bind: address already in use']) },
        ],
        spec: {
          containers: [
            { name: 'main', image: 'registry.example/team/app:1', ports: [{ containerPort: 8080 }] },
            { name: 'side', image: 'registry.example/team/side:1', ports: [{ containerPort: 8080 }] },
          ],
        },
      },
      ['SidecarPortConflict', 'PortInUse'],
    ),
  ),
];

export const ADMISSION: readonly Script[] = [
  script(
    /insufficient-kubernetes-resource-quota/,
    scene(
      'a quota without room',
      'admission',
      [
        make('ResourceQuota', 'limit', { spec: { hard: { 'requests.cpu': '100m' } } }),
        store({ container: { resources: { requests: { cpu: '500m' } } } }),
        orders({ container: { resources: { requests: { cpu: '50m' } } } }),
      ],
      {
        causes: ['CpuQuotaExceeded'],
        fits: ['patch'],
        root: ['ResourceQuota', 'limit'],
        harmful: ['restart', 'drain'],
      },
    ),
  ),
  script(
    /namespace_memory_limit/,
    scene(
      'a quota that wants limits',
      'admission',
      [
        make('ResourceQuota', 'limit', { spec: { hard: { 'limits.memory': '4Gi' } } }),
        orders({ container: { resources: { limits: { memory: '64Mi' } } } }),
      ],
      { causes: ['QuotaWantsLimits'], fits: ['patch', 'resize', 'rollback'], harmful: ['restart', 'drain'] },
    ),
  ),
  script(
    /psa_restricted/,
    fault('pods that the namespace forbids', 'admission', {
      objects: [
        make('Namespace', 'default', { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }),
        store(),
        service('store'),
      ],
      root: STORE,
      causes: ['PodSecurityForbids'],
      fits: ['patch', 'rollback'],
      harmful: ['restart', 'drain'],
    }),
  ),
];
