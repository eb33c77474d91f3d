/** Episodes of the demo, recorded from the cluster they happened on, and played again as tests of their policies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { objectsOf } from '../../src/cli/test/test-file.ts';
import { recordWith } from '../../src/cli/test/record-episode.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { systemClock } from '../../src/std/clock.ts';
import { TestCluster } from '../kit/test-cluster.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

interface Output {
  readonly text: string;
  readonly said: string;
}

/** `script`: whether it may be read what the containers do, as on the demo's cluster, or has to be guessed. */
async function recorded(
  example: string,
  object: string,
  { script }: { readonly script: 'kept' | 'hidden' },
): Promise<Output> {
  const world = new TestCluster(3);
  const client = new KubeClient({ transport: world.sandbox.transport(), clock: world.clock });
  const types = new Discovery(client);
  for (const one of objectsOf(readFileSync(join(EXAMPLES, `${example}.yaml`), 'utf8'), example)) {
    const type = await types.resolve(one.apiVersion, one.kind);
    if (type === undefined) throw new Error(`no kind ${one.kind}`);
    await client.create(type, withCanary({ ...one, metadata: { namespace: 'default', ...one.metadata } }));
  }
  world.operator();
  await world.until(() => world.phases().some((phase) => ['Succeeded', 'Failed'].includes(phase)));
  await world.clock.advance(60_000);
  if (script === 'hidden') hideScript(world, object);
  const out = { text: '', said: '' };
  await recordWith(
    client,
    { record: object, namespace: 'default' },
    {
      clock: systemClock,
      signal: new AbortController().signal,
      stdout: { write: (text) => (out.text += text) },
      stderr: { write: (text) => (out.said += text) },
    },
  );
  return out;
}

const CANARY = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';

/** It looks like a word, so that only its place tells what it is. */
const WORD = 'hunterville';

/** What a real workload has: a token in its environment, and in a description; a password in what its probe runs. */
function withCanary(object: KubeObject): KubeObject {
  const spec = object['spec'] as { readonly template?: { readonly spec: { readonly containers: readonly object[] } } };
  if (spec.template === undefined) return object;
  const { containers, ...pod } = spec.template.spec;
  const env = [{ name: 'TOKEN', value: CANARY }];
  const livenessProbe = { exec: { command: ['redis-cli', '-a', WORD, '--pass', WORD, 'ping'] } };
  const template = {
    ...spec.template,
    spec: { ...pod, containers: containers.map((one) => ({ livenessProbe, ...one, env })) },
  };
  const annotations = { ...object.metadata.annotations, 'kubeskippy.io/note': `ask for ${CANARY}` };
  return { ...object, metadata: { ...object.metadata, annotations }, spec: { ...spec, template } };
}

function hideScript(world: TestCluster, object: string): void {
  const [kind = '', name = ''] = object.split('/');
  world.cluster.modify(
    { group: 'apps', version: 'v1', resource: `${kind}s` },
    { namespace: 'default', name },
    (draft) => {
      delete draft['spec'].template.metadata.annotations['sandbox.kubeskippy.io/script'];
      return draft;
    },
  );
}

describe('a recorded episode', () => {
  it.each([
    ['crash-loop', 'deployment/crash-loop', 'restart'],
    ['out-of-memory', 'sts/out-of-memory', 'restart'],
    ['image-pull', 'deploy/image-pull', 'restart'],
    ['stuck-pod', 'deployment/stuck-pod', 'restart'],
    ['actions/scale', 'deployment/scale', 'scale'],
  ])('of %s ends as a test as it ended on its cluster', async (example, object, type) => {
    const { text, said } = await recorded(example, object, { script: 'kept' });
    expect(said).toMatch(/^PASS {2}recorded_test\.yaml: /m);
    expect(text).toContain(`type: ${type}`);
    expect(text + said).not.toContain(CANARY);
    expect(text + said).not.toContain(WORD);
  });

  it.each([
    ['crash-loop', 'deployment/crash-loop', 'CrashLoopBackOff'],
    ['out-of-memory', 'statefulset/out-of-memory', 'OOMKilled'],
    ['not-ready', 'deployment/not-ready', 'Available'],
  ])('of %s gets a script for what its containers did, and the note says so', async (example, object, condition) => {
    const { text, said } = await recorded(example, object, { script: 'hidden' });
    expect(said).toContain(`a script plays ${condition} until the restart`);
    expect(said).toMatch(/^PASS {2}recorded_test\.yaml: /m);
    expect(text).toContain('sandbox.kubeskippy.io/script');
  });

  it('of a template that was patched since does not break again, which is said', async () => {
    await expect(recorded('actions/patch', 'deployment/patch', { script: 'kept' })).rejects.toThrow(
      'the test that was written does not end as the episode did',
    );
  });

  it('is none where nothing was done', async () => {
    const world = new TestCluster(1);
    const client = new KubeClient({ transport: world.sandbox.transport(), clock: world.clock });
    const output = { write: () => true };
    const environment = { clock: systemClock, signal: new AbortController().signal, stdout: output, stderr: output };
    await expect(
      recordWith(client, { record: 'namespace/default', namespace: 'default' }, environment),
    ).rejects.toThrow('no action of a policy on Namespace/default is kept');
    await expect(recordWith(client, { record: 'deployment/none', namespace: 'default' }, environment)).rejects.toThrow(
      'deployment/none is not in namespace default',
    );
    await expect(recordWith(client, { record: 'web', namespace: 'default' }, environment)).rejects.toThrow(
      'is no KIND/NAME',
    );
  });
});
