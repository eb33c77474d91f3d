/**
 * Reads what tells whether the pod that would come next would start. Sends reads and one dry run; what the account may
 * not read is not asked for, so that no refusal stands in the audit log of the API server.
 */
import { EFFECTS_POLICY } from '../../api/admission/effects.ts';
import type {
  ClaimObject,
  NodeSelectorTerm,
  PodObject,
  QuotaObject,
  WorkloadObject,
} from '../../core/analysis/objects.ts';
import { type Admission, admissionOf } from '../../core/replacement/admission.ts';
import { madeClaims, nextPod } from '../../core/replacement/next-pod.ts';
import { type Reference, referencesOf } from '../../core/replacement/references.ts';
import type { NamedObject, SuccessorSight } from '../../core/replacement/replacement.ts';
import { candidates, requestsOf, type RoomSight } from '../../core/replacement/room.ts';
import { errorOfAnswer, isKubeError } from '../../kube/errors.ts';
import { type ResourceType, resourcePath } from '../../kube/resource.ts';
import {
  CONFIG_MAPS,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  RESOURCE_QUOTAS,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { mapped, type Result, whyNot } from '../../std/result.ts';
import type { LiveReads } from '../roles.ts';
import type { SharedSight } from './shared-sight.ts';

export interface Succession {
  readonly maker: WorkloadObject;
  /** Pods that go first. */
  readonly going: readonly PodObject[];
  /** A node that takes no pods any more by then. */
  readonly withoutNode?: string;
}

/** Nodes whose pods are read: of a larger cluster some ten nodes tell that there is room, or nothing is concluded. */
const MAX_NODES_READ = 10;
/** A template that names more has the others left unchecked. */
const MAX_NAMES = 50;

/** Undefined where nothing is made in place of what goes. */
export async function lookAhead(
  shared: SharedSight,
  { maker, going, withoutNode }: Succession,
): Promise<SuccessorSight | undefined> {
  const pod = nextPod(maker, going[0]);
  if (pod === undefined) return undefined;
  const look = new SuccessorLook(shared, pod.metadata.namespace ?? '');
  const [names, quotas, admission] = await Promise.all([
    look.names(referencesOf(pod, madeClaims(maker))),
    look.quotas(),
    look.admission(pod),
  ]);
  const room = placesItself(maker, pod) ? undefined : without(await look.room(pod, names, withoutNode), withoutNode);
  return { pod, going, names, quotas, admission, ...given({ room }) };
}

/** Where pods of the cluster have room, on the nodes but for one. */
export function lookForRoom(shared: SharedSight, pod: PodObject, withoutNode: string): Promise<Result<RoomSight>> {
  return new SuccessorLook(shared, pod.metadata.namespace ?? '')
    .room(pod, [], withoutNode)
    .then((sight) => without(sight, withoutNode));
}

const without = (sight: Result<RoomSight>, name: string | undefined): Result<RoomSight> =>
  mapped(sight, (value) => ({ ...value, nodes: value.nodes.filter(({ metadata }) => metadata.name !== name) }));

/** A DaemonSet makes a pod for each node, and the scheduler puts it there. */
const placesItself = ({ kind }: WorkloadObject, { spec }: PodObject): boolean =>
  kind === 'DaemonSet' || spec?.nodeName !== undefined;

const TYPES: Readonly<Record<Reference['kind'], ResourceType>> = {
  Secret: SECRETS,
  ConfigMap: CONFIG_MAPS,
  PersistentVolumeClaim: PERSISTENT_VOLUME_CLAIMS,
  ServiceAccount: SERVICE_ACCOUNTS,
};

const JSON_BODY = { 'content-type': 'application/json' };
/** Values of Secrets and ConfigMaps never reach this process. */
const METADATA_ONLY = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };

class SuccessorLook {
  readonly #shared: SharedSight;
  readonly #client: LiveReads['client'];
  readonly #namespace: string;

  constructor(shared: SharedSight, namespace: string) {
    this.#shared = shared;
    this.#client = shared.client;
    this.#namespace = namespace;
  }

  async names(references: readonly Reference[]): Promise<readonly NamedObject[]> {
    const kinds = [...new Set(references.map(({ kind }) => kind))];
    const rights = new Map(
      await Promise.all(
        kinds.map(async (kind) => [kind, await this.#mayI('get', TYPES[kind], this.#namespace)] as const),
      ),
    );
    return Promise.all(
      references.map(async (reference, place): Promise<NamedObject> => {
        if (place >= MAX_NAMES) return { reference, found: whyNot(`more than ${MAX_NAMES} are named`) };
        if (rights.get(reference.kind) !== true) return { reference, found: whyNot('they may not be read') };
        return { reference, found: await this.#named(reference) };
      }),
    );
  }

  async quotas(): Promise<Result<readonly QuotaObject[]>> {
    return answered(
      async () => (await this.#client.list<QuotaObject>(RESOURCE_QUOTAS, { namespace: this.#namespace })).items,
    );
  }

  async admission(pod: PodObject): Promise<Admission> {
    if (!(await this.#mayI('create', PODS, this.#namespace)))
      return { admitted: 'unknown', why: 'the account may not create pods, even as a dry run' };
    const path = `/api/v1/namespaces/${this.#namespace}/pods`;
    const answer = await this.#client.request({
      method: 'POST',
      path: `${path}?dryRun=All`,
      headers: JSON_BODY,
      body: JSON.stringify(pod),
    });
    const { status, value } = answer;
    const message =
      status < 300 ? '' : errorOfAnswer({ status, body: value, retryAfter: undefined, what: `POST ${path}` }).message;
    return admissionOf({ status, message }, EFFECTS_POLICY);
  }

  /** A node that is being drained is left out: what it was a moment ago says nothing of the others either. */
  async room(
    pod: PodObject,
    names: readonly NamedObject[],
    withoutNode: string | undefined,
  ): Promise<Result<RoomSight>> {
    if (!(await this.#mayI('list', NODES))) return whyNot('nodes may not be read');
    const page = await answered(() => this.#shared.nodes(withoutNode === undefined ? 'a moment ago' : 'now'));
    if ('whyNot' in page) return page;
    const volumes = await this.#volumes(names);
    if ('whyNot' in volumes) return volumes;
    const { items: nodes, continueToken } = page.value;
    const seen = continueToken === undefined ? 'all' : 'some';
    const open = candidates(pod, { nodes, volumes: volumes.value });
    if (open.length === 0 || requestsOf(pod).size === 0)
      return { value: { nodes, seen, podsOn: new Map(), volumes: volumes.value } };
    if (!(await this.#mayI('list', PODS))) return whyNot('pods of all namespaces may not be read');
    const read = await Promise.all(
      open.slice(0, MAX_NODES_READ).map(async ({ metadata: { name } }) => {
        const { items } = await this.#client.list<PodObject>(PODS, { fieldSelector: `spec.nodeName=${name}` });
        return [name, items] as const;
      }),
    );
    return { value: { nodes, seen, podsOn: new Map(read), volumes: volumes.value } };
  }

  async #named({ kind, name }: Reference): Promise<NamedObject['found']> {
    const path = resourcePath(TYPES[kind], { namespace: this.#namespace, name });
    const isClaim = kind === 'PersistentVolumeClaim';
    const { status, value } = await this.#client.request({
      method: 'GET',
      path,
      headers: isClaim ? { accept: 'application/json' } : METADATA_ONLY,
    });
    if (status === 404) return { value: 'missing' };
    if (status < 300) return { value: isClaim ? (value as ClaimObject) : 'there' };
    const error = errorOfAnswer({ status, body: value, retryAfter: undefined, what: `GET ${path}` });
    if (status >= 500 || status === 429) throw error;
    return whyNot(error.message);
  }

  /** Where the volumes lie that its claims are bound to. */
  async #volumes(names: readonly NamedObject[]): Promise<Result<RoomSight['volumes']>> {
    const bound = names.flatMap(({ found }) =>
      'value' in found && typeof found.value === 'object' ? (found.value.spec?.volumeName ?? []) : [],
    );
    if (bound.length === 0) return { value: [] };
    if (!(await this.#mayI('get', PERSISTENT_VOLUMES))) return whyNot('the volumes of its claims may not be read');
    const found = await Promise.all(bound.map((name) => this.#client.find(PERSISTENT_VOLUMES, { name })));
    return { value: found.flatMap((volume) => termsOf(volume) ?? []) };
  }

  #mayI(verb: string, type: ResourceType, namespace?: string): Promise<boolean> {
    return this.#shared.mayI({ verb, type, ...given({ namespace }) });
  }
}

function termsOf(volume: KubeObject | undefined): readonly (readonly NodeSelectorTerm[])[] | undefined {
  const { nodeAffinity } = (volume?.['spec'] ?? {}) as {
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } };
  };
  const terms = nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined ? undefined : [terms];
}

/** A refusal is an answer; that nothing was answered is not. */
async function answered<T>(read: () => Promise<T>): Promise<Result<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!isKubeError(error) || error.status === undefined || error.status >= 500 || error.status === 429) throw error;
    return whyNot(error.message);
  }
}
