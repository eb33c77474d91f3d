/**
 * `kubeskippy test --record KIND/NAME`: writes the test of what was done to an object, and plays it, to know whether it
 * ends the same. Sends reads only.
 */
import { HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import { type HealingAction, parseAction } from '../../api/parse-action.ts';
import { parsePolicy } from '../../api/parse-policy.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Discovery } from '../../kube/discovery.ts';
import { apiVersionOf } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf } from '../healing-objects.ts';
import { recordedEpisode } from './recorded-episode.ts';
import { resultText } from './results.ts';
import { compiled, resultOf } from './test-files.ts';

export interface RecordOptions extends ConnectOptions {
  /** `deployment/web`. */
  readonly record: string;
  readonly namespace: string;
  /** Of the command line, where none may stand. */
  readonly files: readonly string[];
}

export async function recordEpisode(options: RecordOptions, environment: CliEnvironment): Promise<void> {
  if (options.files.length > 0)
    throw new CliError('--record writes a test and runs no other: leave the files out', { exitCode: 2 });
  const { client } = await clusterClient(options, environment);
  await recordWith(client, options, environment);
}

export async function recordWith(
  client: KubeClient,
  { record, namespace }: Pick<RecordOptions, 'record' | 'namespace'>,
  environment: Pick<CliEnvironment, 'stdout' | 'stderr' | 'clock' | 'signal'>,
): Promise<void> {
  const { stdout, stderr, signal } = environment;
  const [word = '', name = '', more] = record.split('/');
  if (word === '' || name === '' || more !== undefined)
    throw new CliError(`${record} is no KIND/NAME, for example deployment/web`, { exitCode: 2 });
  const object = await objectOf(client, { word, name, namespace, signal });
  const { kind } = object;
  const all = await listOf({ client, signal }, HEALING_ACTION);
  const about = all.flatMap((one) => parseAction(one).action ?? []).filter((action) => isAbout(action, object));
  const policyName = about.at(-1)?.spec.policyRef?.name;
  if (policyName === undefined)
    throw new CliError(
      `no action of a policy on ${kind}/${name} is kept in namespace ${namespace}; kubeskippy history shows what is kept`,
    );
  const actions = about
    .filter(({ spec }) => spec.policyRef?.name === policyName)
    .toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  const policies = await listOf({ client, signal }, HEALING_POLICY, actions[0]?.namespace);
  const policy = policies.find(({ metadata }) => metadata.name === policyName);
  const parsed = policy && parsePolicy(policy).policy;
  if (policy === undefined || parsed === undefined)
    throw new CliError(`policy ${policyName} is gone or cannot be used, so there is nothing to test`);
  const { text, notes } = recordedEpisode({ object, policy: { object: policy, compiled: parsed }, actions });
  stdout.write(text);
  for (const note of notes) stderr.write(`${note}\n`);
  await played(text, environment);
}

/** @throws CliError where the test that was written does not end as the episode did. */
async function played(text: string, environment: Pick<CliEnvironment, 'stderr' | 'clock' | 'signal'>): Promise<void> {
  const file = 'recorded_test.yaml';
  const tests = compiled(file, text, []);
  for (const test of tests.tests) {
    const result = await resultOf({ file, folder: '.', text, manifests: [], tests }, test, environment);
    environment.stderr.write(resultText(result));
    if (result.misses.length > 0)
      throw new CliError(
        'the test that was written does not end as the episode did: complete it, beginning with the script of its pods',
      );
  }
}

interface Named {
  /** The kind, its plural or its short name. */
  readonly word: string;
  readonly name: string;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

async function objectOf(client: KubeClient, { word, name, namespace, signal }: Named): Promise<KubeObject> {
  const types = new Discovery(client);
  const type = await types.resolveName(word);
  const found = type && (await client.find(type, type.namespaced ? { name, namespace } : { name }, { signal }));
  if (type === undefined || found === undefined) throw new CliError(`${word}/${name} is not in namespace ${namespace}`);
  return { ...found, apiVersion: apiVersionOf(type), kind: type.kind };
}

/** Pods of a workload carry its name in theirs; an action on one of them is part of its episode. */
function isAbout({ spec: { targetResource } }: HealingAction, { kind, metadata }: KubeObject): boolean {
  const { namespace = metadata.namespace } = targetResource;
  if (namespace !== metadata.namespace) return false;
  if (targetResource.kind === kind) return targetResource.name === metadata.name;
  return targetResource.kind === 'Pod' && targetResource.name.startsWith(`${metadata.name}-`);
}
