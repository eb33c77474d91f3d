/** The names that complete a word: those of the kubeconfig, and those that the cluster lists. Sends reads only. */
import { HEALING_ACTION, HEALING_APPROVAL, HEALING_POLICY } from '../../api/names.ts';
import { type KubeClient, listPath } from '../../kube/client.ts';
import { readKubeconfig } from '../../kube/config/kubeconfig-files.ts';
import type { ResourceRef } from '../../kube/resource.ts';
import { NAMESPACES } from '../../kube/well-known.ts';
import { partOf } from '../../operator/analysis/parts.ts';
import { given } from '../../std/given.ts';
import { clusterClient } from '../cluster-client.ts';
import type { CliEnvironment } from '../environment.ts';
import { resourceOf } from '../healing-objects.ts';
import { kindOf } from '../kind-words.ts';
import type { Completion, Wanted } from './candidates.ts';

/** A person who has pressed Tab waits no longer. */
const PATIENCE_MS = 2000;
/** A shell asks before it lists more than some hundred. */
const MOST_NAMES = 500;
/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** What people ask about most. */
const KINDS = ['deployment', 'statefulset', 'daemonset', 'pod', 'node'];
const OURS = { policies: HEALING_POLICY, actions: HEALING_ACTION, approvals: HEALING_APPROVAL } as const;

/** What the word could be, as a whole. None where no cluster answers in time: a shell shows no error. */
export async function clusterNames(
  { wanted, before, prefix, flags }: Completion,
  environment: CliEnvironment,
): Promise<readonly string[]> {
  if (wanted === undefined) return [];
  try {
    const signal = AbortSignal.any([environment.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const names = await namesOf(wanted, { prefix, flags }, { ...environment, signal });
    return names
      .filter((name) => name.startsWith(prefix))
      .toSorted()
      .map((name) => before + name);
  } catch {
    return [];
  }
}

async function namesOf(
  wanted: Wanted,
  { prefix, flags }: Pick<Completion, 'prefix' | 'flags'>,
  environment: CliEnvironment,
): Promise<readonly string[]> {
  const { kubeconfig, context } = flags;
  if (wanted.names === 'contexts') {
    const { contexts } = await readKubeconfig({ path: kubeconfig, env: environment.env });
    return contexts.map(({ name }) => name);
  }
  const [word, name] = prefix.split('/');
  if (wanted.names === 'objects' && name === undefined)
    return [...KINDS, ...(wanted.actions === 'too' ? ['action'] : [])].map((kind) => `${kind}/`);
  const { client } = await clusterClient({ ...given({ kubeconfig, context }) }, environment);
  const list = (type: ResourceRef, namespace?: string) => listed(client, { type, namespace }, environment.signal);
  if (wanted.names === 'namespaces') return list(NAMESPACES);
  const { namespace } = wanted;
  if (wanted.names !== 'objects') return list(resourceOf(OURS[wanted.names]), namespace);
  const isAction = wanted.actions === 'too' && word === 'action';
  const type = isAction ? resourceOf(HEALING_ACTION) : partOf(kindOf(word ?? '') ?? '');
  if (type === undefined) return [];
  const names = await list(type, type.namespaced ? namespace : undefined);
  return names.map((one) => `${word}/${one}`);
}

async function listed(
  client: KubeClient,
  { type, namespace }: { readonly type: ResourceRef; readonly namespace: string | undefined },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = listPath(type, { namespace, limit: MOST_NAMES });
  const { status, value } = await client.request({ method: 'GET', path, headers: { accept: METADATA } }, { signal });
  if (status !== 200) return [];
  const { items = [] } = value as { readonly items?: readonly { readonly metadata: { readonly name: string } }[] };
  return items.map(({ metadata }) => metadata.name);
}
