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
];

describe('the words of clusters', () => {
  it.each(WORDS)('say %s: %s', (cause, _who, snapshot) => {
    expect(analyze(snapshot).findings.map(({ cause: found }) => found)[0]).toBe(cause);
  });
});
