/**
 * Published manifests, applied as `kubectl apply --server-side` does: namespaces and custom kinds first, then each
 * object in the order of its file. What was refused, and which pods did not get ready and why, is told in lines.
 */
import { parseAllDocuments } from 'yaml';
import { createSandbox, VirtualClock } from '../../src/sandbox/index.ts';

const SECOND = 1000;
/** Long enough for every back-off to have begun and every volume to be bound. */
const SETTLES_MS = 180 * SECOND;
/** Of a definition: the server takes moments. */
const ESTABLISHED_WITHIN = 20;

interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly labels?: object;
  };
}

interface FileEnd {
  readonly objects: number;
  /** `Deployment kube-system/x: 422 …`, and of a kind that is not served `no matches for kind`. */
  readonly refused: readonly string[];
  /** `namespace/pod: reason: message`, one line for the pods of a workload. */
  readonly waiting: readonly string[];
  /** Names of pods that are ready. */
  readonly ready: number;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** As kubectl reads them: YAML 1.1, in which 0644 is octal. Empty documents are none; objects of a list count each. */
export function objectsIn(text: string): readonly ManifestObject[] {
  return parseAllDocuments(text, { version: '1.1', schema: 'yaml-1.1' }).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    const value = document.toJS({ maxAliasCount: -1 }) as
      | (ManifestObject & { readonly items?: ManifestObject[] })
      | null;
    if (value === null) return [];
    return value.kind.endsWith('List') && value.items !== undefined ? value.items : [value];
  });
}

export async function applied(text: string): Promise<FileEnd> {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, nodes: 3 });
  try {
    await clock.advance(SECOND);
    const { url } = await sandbox.serve({ port: 0 });
    return await new Applying(url, clock).all(objectsIn(text));
  } finally {
    await sandbox.close();
  }
}

class Applying {
  readonly #url: string;
  readonly #clock: VirtualClock;
  /** What is served, by group and version; forgotten whenever a definition is new. */
  readonly #served = new Map<string, readonly ServedKind[]>();

  constructor(url: string, clock: VirtualClock) {
    this.#url = url;
    this.#clock = clock;
  }

  async all(objects: readonly ManifestObject[]): Promise<FileEnd> {
    const refused: string[] = [];
    const first = (object: ManifestObject): boolean => ['Namespace', 'CustomResourceDefinition'].includes(object.kind);
    for (const object of [...objects.filter(first), ...objects.filter((one) => !first(one))]) {
      const problem = await this.#apply(object);
      if (problem !== undefined) refused.push(`${object.kind} ${nameOf(object)}: ${problem}`);
      else if (object.kind === 'CustomResourceDefinition') await this.#established(object.metadata.name ?? '');
    }
    await this.#clock.advance(SETTLES_MS);
    return { objects: objects.length, refused, ...(await this.#pods()) };
  }

  /** Why not; undefined: it is there. */
  async #apply(object: ManifestObject): Promise<string | undefined> {
    const { apiVersion, kind, metadata } = object;
    const served = (await this.#kindsOf(apiVersion)).find((one) => one.kind === kind);
    if (served === undefined) return `no matches for kind "${kind}" in version "${apiVersion}"`;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const place = served.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    const path = `${root}${place}/${served.name}`;
    // kubectl refuses to apply by a prefix of names: such an object is created.
    const { status, body } =
      metadata.name === undefined
        ? await this.#ask('POST', `${path}?fieldManager=kubectl&fieldValidation=Strict`, object)
        : await this.#ask('PATCH', `${path}/${metadata.name}?fieldManager=kubectl&fieldValidation=Strict`, object);
    return status < 300 ? undefined : `${status} ${String(body['message'])}`;
  }

  async #kindsOf(apiVersion: string): Promise<readonly ServedKind[]> {
    const known = this.#served.get(apiVersion);
    if (known !== undefined) return known;
    const { body } = await this.#ask('GET', apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
    const kinds = ((body['resources'] ?? []) as ServedKind[]).filter(({ name }) => !name.includes('/'));
    if (kinds.length > 0) this.#served.set(apiVersion, kinds);
    return kinds;
  }

  async #established(name: string): Promise<void> {
    this.#served.clear();
    for (let look = 0; look < ESTABLISHED_WITHIN; look++) {
      const { body } = await this.#ask('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
      const { conditions = [] } = (body['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
      if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
      await this.#clock.advance(SECOND / 4);
    }
    throw new Error(`${name} was not established`);
  }

  async #pods(): Promise<Pick<FileEnd, 'waiting' | 'ready'>> {
    const list = async <T>(path: string): Promise<readonly T[]> => (await this.#ask('GET', path)).body['items'] as T[];
    const [pods, events] = [await list<PodSeen>('/api/v1/pods'), await list<EventSeen>('/api/v1/events')];
    const isReady = ({ status }: PodSeen): boolean =>
      status.phase === 'Succeeded' ||
      (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
    const waiting = pods
      .filter((pod) => !isReady(pod))
      .flatMap(({ metadata: { name, namespace } }) => {
        const about = events.filter(
          ({ involvedObject: object, type }) =>
            type === 'Warning' && object.name === name && object.namespace === namespace,
        );
        return about.length === 0
          ? [`${namespace}/${name}: says nothing`]
          : about.map(({ reason, message }) => `${namespace}/${name}: ${reason}: ${message}`);
      });
    // Pods that could not be made have no Events of their own.
    const unmade = events
      .filter(({ type, involvedObject: object }) => type === 'Warning' && object.kind !== 'Pod')
      .map(
        ({ involvedObject: object, reason, message }) =>
          `${object.kind} ${object.namespace}/${object.name}: ${reason}: ${message}`,
      );
    return { ready: pods.filter(isReady).length, waiting: [...new Set([...waiting, ...unmade])] };
  }

  async #ask(method: string, path: string, body?: object): Promise<Answer> {
    const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
    const init = body === undefined ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body) };
    const response = await fetch(`${this.#url}${path}`, { method, ...init });
    const text = await response.text();
    const answer: unknown = text.startsWith('{') ? JSON.parse(text) : { message: text };
    return { status: response.status, body: answer as Answer['body'] };
  }
}

interface ServedKind {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface PodSeen {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface EventSeen {
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

const nameOf = ({ metadata: { namespace, name, generateName } }: ManifestObject): string =>
  [...(namespace === undefined ? [] : [namespace]), name ?? generateName ?? ''].join('/');
