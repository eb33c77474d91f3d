import { ago, container, look, make, pod, said, unready } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows, type Row } from '../../../../../test/kit/analysis/rows.ts';

const waits = (reason: string) => pod({ status: unready({ state: { waiting: { reason } } }) });
const seen = (reason: string, message: string, more: Parameters<typeof look>[0] = []) =>
  look([waits('ContainerCreating'), ...more], { events: [said(reason, message)] });
/** Nearly: another message. Against: the pod is ready since. */
const row = (reason: string, message: string, other: string): Row => ({
  holds: seen(reason, message),
  nearly: seen(reason, other),
  against: look([pod()], { events: [said(reason, message)] }),
});
const pull = (message: string) => `Failed to pull image "registry.example/shop/web:1": ${message}`;
const REFUSED = pull('failed to authorize: 401 Unauthorized');
const withSecret = pod({ spec: { imagePullSecrets: [{ name: 'key' }] }, status: unready() });
const secret = make('Secret', 'key');
const probing = pod({
  spec: { containers: [container({ startupProbe: { httpGet: { port: 8080 } } })] },
  status: unready({ restartCount: 1 }),
});
const two = (port: number, status?: Parameters<typeof unready>[0]) =>
  pod({
    spec: { containers: [container(), container({ name: 'proxy', ports: [{ containerPort: port }] })] },
    ...(status !== undefined && { status: unready(status) }),
  });
const lines = (unwell: boolean, ...text: readonly string[]) =>
  look([unwell ? waits('CrashLoopBackOff') : pod()], {
    logs: [{ pod: { kind: 'Pod', namespace: 'shop', name: 'web-1-a' }, lines: text }],
  });

const initWaits = (state: object, init: object = {}) =>
  pod({
    spec: { initContainers: [{ name: 'wait', ...init }] },
    status: { ...unready(), initContainerStatuses: [{ name: 'wait', ready: false, state }] },
  });

holdsInRows({
  ImageMissing: row('Failed', pull('manifest unknown'), pull('dial tcp: i/o timeout')),
  ImageRegistryAuth: {
    holds: look([withSecret, secret], { events: [said('Failed', REFUSED)] }),
    nearly: look([withSecret], { events: [said('Failed', REFUSED)] }),
    against: look([pod(), secret], { events: [said('Failed', REFUSED)] }),
  },
  PullSecretMissing: {
    holds: look([withSecret], { events: [said('Failed', REFUSED)] }),
    nearly: look([withSecret, secret], { events: [said('Failed', REFUSED)] }),
    against: look([withSecret], { events: [said('Failed', REFUSED)], gaps: [{ kind: 'Secret', why: 'Forbidden' }] }),
  },
  RegistryDnsFails: row(
    'Failed',
    pull('dial tcp: lookup registry.example on 10.0.0.1:53: no such host'),
    pull('dial tcp 10.0.0.1:443: connection refused'),
  ),
  RegistryUnreachable: row(
    'Failed',
    pull('dial tcp 10.0.0.1:443: connection refused'),
    pull('lookup registry.example: no such host'),
  ),
  RegistryNotTrusted: row(
    'Failed',
    pull('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    pull('dial tcp 10.0.0.1:443: connection refused'),
  ),
  ImageNameInvalid: row(
    'InspectFailed',
    `Failed to apply default image tag "We B": couldn't parse image name`,
    pull('manifest unknown'),
  ),
  ImageArchitectureMismatch: row('Failed', pull('no match for platform in manifest'), pull('manifest unknown')),
  CommandMissing: row(
    'Failed',
    'Error: runc create failed: exec: "serve": executable file not found in $PATH',
    'Error: context deadline exceeded',
  ),
  ConfigMapMissing: {
    ...row('Failed', 'Error: configmap "settings" not found', 'Error: secret "settings" not found'),
    against: seen('Failed', 'Error: configmap "settings" not found', [make('ConfigMap', 'settings')]),
  },
  SecretMissing: {
    ...row(
      'FailedMount',
      'MountVolume.SetUp failed for volume "k": secret "key" not found',
      'configmap "key" not found',
    ),
    against: seen('FailedMount', 'secret "key" not found', [secret]),
  },
  ConfigKeyMissing: row(
    'Failed',
    "Error: couldn't find key PORT in ConfigMap shop/settings",
    'Error: configmap "settings" not found',
  ),
  VolumeMountFails: row(
    'FailedMount',
    'MountVolume.SetUp failed for volume "d": rpc error: code = Internal',
    'configmap "settings" not found',
  ),
  VolumeAttachedElsewhere: row(
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) x',
    'timed out waiting',
  ),
  RunAsRootForbidden: row(
    'Failed',
    'Error: container has runAsNonRoot and image will run as root (pod: "web")',
    'Error: x',
  ),
  SandboxFails: row(
    'FailedCreatePodSandBox',
    'failed to set up network: the interface is gone',
    'container init was OOM-killed (memory limit too low?)',
  ),
  PodAddressesUsedUp: row(
    'FailedCreatePodSandBox',
    'failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254',
    'failed to set up network: the interface is gone',
  ),
  NetworkPluginMissing: row(
    'FailedCreatePodSandBox',
    'failed to find plugin "flannel" in path [/opt/cni/bin]',
    'failed to set up network: the interface is gone',
  ),
  VolumeDriverMissing: row(
    'FailedMount',
    'MountVolume.MountDevice failed for volume "d" : driver name a.csi.example not found in the list of registered CSI drivers',
    'MountVolume.SetUp failed for volume "d": rpc error: code = Internal',
  ),
  VolumeAttachTimesOut: row(
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "d" : timed out waiting for external-attacher of a.csi.example CSI driver to attach volume v-1',
    'AttachVolume.Attach failed for volume "d" : rpc error: code = Internal',
  ),
  VolumeFilesystemDamaged: row(
    'FailedMount',
    'MountVolume.MountDevice failed for volume "d" : \'fsck\' found errors on device /dev/vdb but could not correct them: x',
    'MountVolume.MountDevice failed for volume "d" : rpc error: code = Internal',
  ),
  HostPathWrong: row(
    'FailedMount',
    'MountVolume.SetUp failed for volume "d" : hostPath type check failed: /data is not a directory',
    'MountVolume.SetUp failed for volume "d" : rpc error: code = Internal',
  ),
  VolumeServerFails: row(
    'FailedMount',
    'MountVolume.SetUp failed for volume "d" : mount failed: exit status 32 Output: mount.nfs: Connection timed out',
    'MountVolume.SetUp failed for volume "d" : mount failed: exit status 32',
  ),
  InitContainerFails: {
    holds: look([
      pod({
        status: {
          ...unready(),
          initContainerStatuses: [{ name: 'init', ready: false, state: { terminated: { exitCode: 1 } } }],
        },
      }),
    ]),
    nearly: look([
      pod({
        status: { ...unready(), initContainerStatuses: [{ name: 'init', ready: false, state: { running: {} } }] },
      }),
    ]),
    against: look([
      pod({
        status: {
          ...unready(),
          initContainerStatuses: [
            {
              name: 'init',
              ready: true,
              state: { terminated: { exitCode: 0 } },
              lastState: { terminated: { exitCode: 1 } },
            },
          ],
        },
      }),
    ]),
  },
  InitContainerHangs: {
    holds: look([initWaits({ running: { startedAt: ago(900) } })]),
    nearly: look([initWaits({ running: { startedAt: ago(60) } })]),
    // A sidecar is to run.
    against: look([initWaits({ running: { startedAt: ago(900) } }, { restartPolicy: 'Always' })]),
  },
  SidecarPortConflict: {
    holds: look([two(8080, { state: { waiting: { reason: 'CrashLoopBackOff' } } })]),
    nearly: look([two(9090, { state: { waiting: { reason: 'CrashLoopBackOff' } } })]),
    against: look([two(8080)]),
  },
  StartupProbeFails: {
    holds: look([probing], { events: [said('Unhealthy', 'Startup probe failed: connection refused')] }),
    nearly: look([probing], { events: [said('Unhealthy', 'Readiness probe failed: connection refused')] }),
    against: look([pod()], { events: [said('Unhealthy', 'Startup probe failed: connection refused')] }),
  },
  VolumePermissionDenied: {
    holds: lines(true, "can't open the file /data/x: Permission denied"),
    nearly: lines(true, 'started'),
    against: lines(false, "can't open the file /data/x: Permission denied"),
  },
});
