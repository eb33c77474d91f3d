/** kubectl, as it is installed here, against the embedded cluster over HTTP. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { systemClock } from '../../src/std/clock.ts';

const found = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' }).status === 0;
if (!found) console.log('kubectl is not on the PATH: its tests are skipped');

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;

interface Ran {
  readonly code: number;
  readonly out: string;
}

describe.skipIf(!found)('kubectl', () => {
  let sandbox: Sandbox;
  let home: string;
  let manifest: string;
  let url: string;

  beforeAll(async () => {
    sandbox = createSandbox({ clock: systemClock, nodes: 2 });
    ({ url } = await sandbox.serve({ port: 0 }));
    home = await mkdtemp(join(tmpdir(), 'kubeskippy-kubectl-'));
    manifest = join(home, 'web.yaml');
    await writeFile(manifest, MANIFEST);
  });

  afterAll(async () => {
    await sandbox.close();
    await rm(home, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]): Promise<Ran> =>
    new Promise((resolve) => {
      // Its own home: no kubeconfig of this machine is read, no cache of another server's discovery is used.
      const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: join(home, 'none') };
      execFile('kubectl', ['--server', url, ...args], { env, timeout: 30_000 }, (error, out, err) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, out: `${out}${err}` }),
      );
    });

  /** In this order: each line builds on what those before it did. */
  const STORY: readonly (readonly [title: string, command: string, expected: RegExp])[] = [
    ['apply creates', 'apply -f MANIFEST', /deployment.apps\/web created\nservice\/web created/],
    ['apply again changes nothing', 'apply -f MANIFEST', /deployment.apps\/web unchanged\nservice\/web unchanged/],
    ['rollout status waits for the pods', 'rollout status deployment/web --timeout=20s', /successfully rolled out/],
    ['get prints a table', 'get deployments', /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 /],
    ['get -o wide shows where pods run', 'get pods -l app=web -o wide', /1\/1 +Running +0 +\S+ +\S+ +node-[12] /],
    ['get -o jsonpath reads a field', 'get service web -o jsonpath={.spec.clusterIP}', /^10\.96\.\d+\.\d+$/],
    ['wait sees a condition', 'wait --for=condition=Available deployment/web --timeout=20s', /condition met/],
    ['scale goes through the subresource', 'scale deployment/web --replicas=3', /deployment.apps\/web scaled/],
    ['set image merges by the container name', 'set image deployment/web web=registry.example/web:2', /image updated/],
    ['the rollout finishes', 'rollout status deployment/web --timeout=20s', /successfully rolled out/],
    ['rollout history lists both revisions', 'rollout history deployment/web', /\n1 +<none>\n2 +<none>/],
    ['rollout undo goes back', 'rollout undo deployment/web', /rolled back/],
    ['the first image is back', 'get deployment web -o jsonpath={..image}', /^registry.example\/web:1$/],
    ['rollout restart makes new pods', 'rollout restart deployment/web', /restarted/],
    ['the restart finishes', 'rollout status deployment/web --timeout=20s', /successfully rolled out/],
    ['patch takes the strategic form', 'patch deployment web -p {"spec":{"replicas":1}}', /patched/],
    ['describe shows conditions and events', 'describe deployment web', /Available +True +MinimumReplicasAvailable[^]*ScalingReplicaSet/],
    ['describe knows nodes and their leases', 'describe node node-1', /HolderIdentity: +node-1[^]*Ready +True .*KubeletReady/],
    ['events are listed for an object', 'events --for deployment/web', /ScalingReplicaSet +Deployment\/web/],
    ['explain reads the OpenAPI document', 'explain deployment.spec.replicas', /FIELD: replicas <integer>/],
    ['server-side apply takes over', 'apply --server-side --force-conflicts -f MANIFEST', /deployment.apps\/web serverside-applied/],
    ['diff sees no difference then', 'diff -f MANIFEST', /^$/],
    ['delete waits until all is gone', 'delete -f MANIFEST --timeout=20s', /deployment.apps "web" deleted[^]*service "web" deleted/],
    ['wait sees the pods go', 'wait --for=delete pod -l app=web --timeout=20s', /^(pod\/web\S+ condition met\n)*$/],
    ['can-i asks for an access review', 'auth can-i create pods', /^yes/],
    ['nothing is left', 'get all -l app=web', /No resources found/],
  ];

  test.each(STORY)('%s: kubectl %s', async (_title, command, expected) => {
    const { code, out } = await run(...command.split(' ').map((word) => (word === 'MANIFEST' ? manifest : word)));
    expect(out).toMatch(expected);
    expect(code).toBe(0);
  });

  test('a refusal is shown in the words of the server', async () => {
    const { code, out } = await run('create', 'configmap', 'Bad_Name');
    expect(code).toBe(1);
    expect(out).toContain('ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain');
  });
});
