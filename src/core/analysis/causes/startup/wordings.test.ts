/** The same cause in the words of the runtimes, the kubelet and the scheduler that clusters have. */
import { describe, expect, it } from 'vitest';
import { look, pending, pod, said, unready, workload } from '../../../../../test/kit/analysis/looks.ts';
import { analyze } from '../../analyze.ts';

const PRIVATE = 'registry.example/shop/web:2';

/** As the kubelet passes on what the runtime says. */
const pulling = (words: string) => {
  const spec = { containers: [{ name: 'main', image: PRIVATE }] };
  return look([...workload(spec), pod({ spec, status: unready({ state: { waiting: { reason: 'ErrImagePull' } } }) })], {
    events: [said('Failed', `Failed to pull image "${PRIVATE}": ${words}`)],
  });
};
const creating = (words: string) =>
  look([...workload(), pod({ status: unready({ state: { waiting: { reason: 'CreateContainerError' } } }) })], {
    events: [said('Failed', `Error: ${words}`)],
  });
const scheduling = (words: string) =>
  look([pending()], { events: [said('FailedScheduling', `0/4 nodes are available: ${words}`)] });

const CONTAINERD = `rpc error: code = NotFound desc = failed to pull and unpack image "${PRIVATE}": failed to resolve reference "${PRIVATE}"`;
const UNKNOWN = `rpc error: code = Unknown desc = failed to pull and unpack image "${PRIVATE}": failed to resolve reference "${PRIVATE}"`;
const HEAD = 'failed to do request: Head "https://registry.example/v2/shop/web/manifests/2"';
const CRIO = 'initializing source docker://registry.example/shop/web:2';
const PING = 'pinging container registry registry.example: Get "https://registry.example/v2/"';

const mounting = (words: string, reason = 'FailedMount') =>
  look([...workload(), pod({ status: unready({ state: { waiting: { reason: 'ContainerCreating' } } }) })], {
    events: [said(reason, words)],
  });
const networking = (words: string, reason = 'FailedCreatePodSandBox') => mounting(words, reason);
const SETUP =
  'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "4f2": plugin type=';

const WORDS: readonly (readonly [string, string, ReturnType<typeof look>])[] = [
  ['ImageMissing', 'containerd', pulling(`${CONTAINERD}: ${PRIVATE}: not found`)],
  ['ImageMissing', 'CRI-O', pulling(`${CRIO}: reading manifest 2 in registry.example/shop/web: manifest unknown`)],
  [
    'ImageMissing',
    'CRI-O with a registry that has no such name',
    pulling(
      `${CRIO}: reading manifest 2 in registry.example/shop/web: name unknown: repository name not known to registry`,
    ),
  ],
  [
    'PullSecretMissing',
    'containerd, anonymous',
    pulling(
      `${UNKNOWN}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example/token: 401 Unauthorized`,
    ),
  ],
  [
    'PullSecretMissing',
    'containerd, forbidden',
    pulling(
      `${UNKNOWN}: unexpected status from HEAD request to https://registry.example/v2/shop/web/manifests/2: 403 Forbidden`,
    ),
  ],
  [
    'PullSecretMissing',
    'containerd, denied',
    pulling(
      `${UNKNOWN}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    ),
  ],
  [
    'PullSecretMissing',
    'CRI-O, no token',
    pulling(`${CRIO}: unable to retrieve auth token: invalid username/password: unauthorized: authentication required`),
  ],
  [
    'PullSecretMissing',
    'CRI-O, forbidden',
    pulling(`${CRIO}: Requesting bearer token: invalid status code from registry 403 (Forbidden)`),
  ],
  [
    'PullSecretMissing',
    'CRI-O, denied',
    pulling(
      `${CRIO}: reading manifest 2 in registry.example/shop/web: denied: requested access to the resource is denied`,
    ),
  ],
  [
    'RegistryDnsFails',
    'containerd',
    pulling(`${UNKNOWN}: ${HEAD}: dial tcp: lookup registry.example on 10.0.0.10:53: no such host`),
  ],
  [
    'RegistryDnsFails',
    'CRI-O',
    pulling(`${CRIO}: ${PING}: dial tcp: lookup registry.example: Temporary failure in name resolution`),
  ],
  [
    'RegistryDnsFails',
    'a server of names that does not answer',
    pulling(`${UNKNOWN}: ${HEAD}: dial tcp: lookup registry.example on 10.0.0.10:53: server misbehaving`),
  ],
  [
    'RegistryUnreachable',
    'containerd',
    pulling(`${UNKNOWN}: ${HEAD}: dial tcp 10.1.2.3:443: connect: connection refused`),
  ],
  ['RegistryUnreachable', 'CRI-O', pulling(`${CRIO}: ${PING}: dial tcp 10.1.2.3:443: i/o timeout`)],
  [
    'RegistryNotTrusted',
    'a certificate that nobody knows',
    pulling(`${UNKNOWN}: ${HEAD}: tls: failed to verify certificate: x509: certificate signed by unknown authority`),
  ],
  ['RegistryNotTrusted', 'plain HTTP', pulling(`${CRIO}: ${PING}: http: server gave HTTP response to HTTPS client`)],
  ['RegistryUnreachable', 'no route', pulling(`${UNKNOWN}: ${HEAD}: dial tcp 10.1.2.3:443: connect: no route to host`)],
  [
    'ImageArchitectureMismatch',
    'containerd',
    pulling(
      `rpc error: code = NotFound desc = failed to pull and unpack image "${PRIVATE}": no match for platform in manifest: not found`,
    ),
  ],
  [
    'ImageArchitectureMismatch',
    'CRI-O',
    pulling(
      'choosing an image from manifest list docker://registry.example/shop/web:2: no image found in manifest list for architecture "arm64", variant "v8", OS "linux"',
    ),
  ],
  [
    'ImageArchitectureMismatch',
    'CRI-O, an index',
    pulling(
      'choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux"',
    ),
  ],
  [
    'CommandMissing',
    'runc',
    creating(
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/serve": stat /serve: no such file or directory',
    ),
  ],
  [
    'CommandMissing',
    'runc since 1.2',
    creating(
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "serve": executable file not found in $PATH',
    ),
  ],
  [
    'CommandMissing',
    'crun',
    creating('container create failed: executable file `serve` not found in $PATH: No such file or directory'),
  ],
  [
    'TaintNotTolerated',
    'a scheduler that leaves the taint out',
    scheduling(
      '4 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
    ),
  ],
  ['TaintNotTolerated', 'an old scheduler', scheduling("4 node(s) had taint {team: a}, that the pod didn't tolerate.")],
  [
    'VolumeZoneConflict',
    'a volume of an old driver',
    scheduling(
      '4 node(s) had no available volume zone. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
    ),
  ],
  [
    'DeviceClaimUnmet',
    'beside another node',
    scheduling(
      "3 cannot allocate all claims, 1 node(s) didn't match Pod's node affinity/selector. still not schedulable, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.",
    ),
  ],
  [
    'CpuDoesNotFit',
    'a scheduler of 1.28',
    scheduling(
      '4 Insufficient cpu. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod..',
    ),
  ],
  [
    'VolumeDriverMissing',
    'a kubelet that stages a volume',
    mounting(
      'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
    ),
  ],
  [
    'VolumeDriverMissing',
    'a kubelet that mounts an inline volume',
    mounting(
      'MountVolume.SetUp failed for volume "secrets" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
    ),
  ],
  [
    'VolumeDriverMissing',
    'the attach controller',
    mounting(
      'AttachVolume.Attach failed for volume "pvc-1" : CSINode node-1 does not contain driver disk.csi.azure.com',
      'FailedAttachVolume',
    ),
  ],
  [
    'VolumeAttachTimesOut',
    'the attach controller',
    mounting(
      'AttachVolume.Attach failed for volume "pvc-1" : timed out waiting for external-attacher of ebs.csi.aws.com CSI driver to attach volume vol-035f',
      'FailedAttachVolume',
    ),
  ],
  [
    'VolumeAttachTimesOut',
    'an older attach controller',
    mounting(
      'AttachVolume.Attach failed for volume "pvc-1" : attachment timeout for volume vol-035f',
      'FailedAttachVolume',
    ),
  ],
  [
    'VolumeFilesystemDamaged',
    'fsck by a CSI driver',
    mounting(
      'MountVolume.MountDevice failed for volume "pvc-1" : rpc error: code = Internal desc = \'fsck\' found errors on device /dev/longhorn/pvc-1 but could not correct them: fsck from util-linux 2.34',
    ),
  ],
  [
    'VolumeFilesystemDamaged',
    'mount',
    mounting(
      'MountVolume.MountDevice failed for volume "pvc-1" : rpc error: code = Internal desc = mount failed: exit status 32 Output: mount: /var/lib/kubelet/x: wrong fs type, bad option, bad superblock on /dev/nvme1n1, missing codepage or helper program, or other error.',
    ),
  ],
  [
    'HostPathWrong',
    'a folder that is not there',
    mounting('MountVolume.SetUp failed for volume "data" : hostPath type check failed: /srv/data is not a directory'),
  ],
  [
    'HostPathWrong',
    'a device that is not there',
    mounting(
      'MountVolume.SetUp failed for volume "gpu" : hostPath type check failed: /dev/x0 is not a character device',
    ),
  ],
  [
    'VolumeServerFails',
    'NFS that does not answer',
    mounting(
      'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32 Mounting command: mount Output: mount.nfs: Connection timed out',
    ),
  ],
  [
    'VolumeServerFails',
    'NFS that refuses the node',
    mounting(
      'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32 Output: mount.nfs: access denied by server while mounting 10.0.0.1:/exports',
    ),
  ],
  [
    'VolumeServerFails',
    'SMB',
    mounting(
      'MountVolume.MountDevice failed for volume "smb" : mount failed: exit status 32 Output: mount error(113): No route to host',
    ),
  ],
  [
    'PodAddressesUsedUp',
    'host-local',
    networking(
      `${SETUP}"bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254`,
    ),
  ],
  [
    'PodAddressesUsedUp',
    'AWS',
    networking(`${SETUP}"aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`),
  ],
  [
    'PodAddressesUsedUp',
    'Calico',
    networking(
      `${SETUP}"calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled`,
    ),
  ],
  [
    'PodAddressesUsedUp',
    'Cilium',
    networking(
      `${SETUP}"cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure range is full`,
    ),
  ],
  [
    'NetworkPluginMissing',
    'containerd',
    networking(
      'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      'NetworkNotReady',
    ),
  ],
  [
    'NetworkPluginMissing',
    'a kubelet with docker',
    networking(
      'network is not ready: runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network plugin is not ready: cni config uninitialized',
      'NetworkNotReady',
    ),
  ],
  [
    'NetworkPluginMissing',
    'a program that is not installed',
    networking(`${SETUP}"flannel" failed (add): failed to find plugin "flannel" in path [/opt/cni/bin]`),
  ],
  [
    'NetworkPluginMissing',
    'flannel that has not started',
    networking(
      `${SETUP}"flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory`,
    ),
  ],
  [
    'NetworkPluginMissing',
    'Calico that has not started',
    networking(
      `${SETUP}"calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`,
    ),
  ],
  [
    'SandboxFails',
    'a plugin that fails otherwise',
    networking(
      `${SETUP}"calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized`,
    ),
  ],
  [
    'VolumeMountFails',
    'a kubelet that has waited in vain',
    mounting(
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: timed out waiting for the condition',
    ),
  ],
];

describe('the words of clusters', () => {
  it.each(WORDS)('say %s: %s', (cause, _who, snapshot) => {
    expect(analyze(snapshot).findings.map(({ cause: found }) => found)[0]).toBe(cause);
  });
});
