/**
 * A small API server for the tests of this folder: any collection, resource versions, paged lists, watches with
 * history, compaction. It can answer as bytes or as shared objects, and a script can put faults in front of any request
 * or into any watch.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { KubeBody, KubeRequest, KubeResponse, Transport, WatchEvent } from '../../shapes/transport.ts';

export interface Commit {
  readonly version: number;
  readonly collection: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/**
 * What happens to one watch: called for each event it is about to send, answers what is sent instead. `end` closes the
 * stream, `hang` says nothing any more.
 */
export type WatchFault = (
  event: WatchEvent<unknown>,
  index: number,
) => readonly (WatchEvent<unknown> | 'end' | 'hang' | 'reset' | 'truncate')[];

/** How it answers: JSON in bytes, shared objects, or protobuf in bytes. */
export type AnswerForm = 'bytes' | 'objects' | Encoder;

/** The sandbox's, which this folder does not import. */
export interface Encoder {
  readonly encodeObject: (object: Encodable) => Uint8Array | undefined;
  readonly encodeWatchEvent: (type: string, object: Encodable) => Uint8Array | undefined;
}

export interface Encodable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What tests write besides pods. */
const kindOf = (resource: string): string => (resource === 'services' ? 'Service' : 'Pod');

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export class ScriptedApi implements Transport {
  readonly form: AnswerForm;
  readonly requests: KubeRequest[] = [];
  readonly log: Commit[] = [];
  version = 100;
  /**
   * Answers instead of the server: a response, an error thrown, or undefined to go on. `after` runs once the server has
   * committed.
   */
  before: (request: KubeRequest) => KubeResponse | Error | Promise<never> | undefined = () => undefined;
  after: (request: KubeRequest) => Error | undefined = () => undefined;
  /** Whether it knows `sendInitialEvents`. */
  streamedLists: 'served' | 'refused' = 'served';
  /** Of the initial events of streamed lists. */
  initialFault: () => WatchFault | undefined = () => undefined;
  watchFault: () => WatchFault | undefined = () => undefined;
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  #compacted = 0;
  #uids = 0;
  readonly #wake = new Set<() => void>();

  constructor(form: AnswerForm = 'objects') {
    this.form = form;
  }

  put(
    collection: string,
    object: {
      readonly metadata: { readonly name: string; readonly namespace?: string };
      readonly [field: string]: unknown;
    },
  ): KubeObject {
    const objects = this.collection(collection);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const old = objects.get(key);
    const uid = old?.metadata.uid ?? `uid-${++this.#uids}`;
    const resourceVersion = String(++this.version);
    const stored = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...object,
      metadata: { ...object.metadata, uid, resourceVersion },
    } as KubeObject;
    objects.set(key, stored);
    this.#commit({ version: this.version, collection, type: old === undefined ? 'ADDED' : 'MODIFIED', object: stored });
    return stored;
  }

  remove(collection: string, name: string, namespace = ''): void {
    const objects = this.collection(collection);
    const old = objects.get(`${namespace}/${name}`);
    if (old === undefined) return;
    objects.delete(`${namespace}/${name}`);
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(++this.version) } };
    this.#commit({ version: this.version, collection, type: 'DELETED', object });
  }

  /** Forgets the history: watches and continue tokens from before are Expired. */
  compact(): void {
    this.#compacted = this.version;
  }

  /** Lets every open watch send a bookmark. */
  bookmark(): void {
    this.version++;
    this.#commit({
      version: this.version,
      collection: '*',
      type: 'MODIFIED',
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: '' } },
    });
  }

  collection(path: string): Map<string, KubeObject> {
    let objects = this.#collections.get(path);
    if (objects === undefined) this.#collections.set(path, (objects = new Map()));
    return objects;
  }

  async send(request: KubeRequest, signal?: AbortSignal): Promise<KubeResponse> {
    this.requests.push(request);
    const instead = this.before(request);
    if (instead instanceof Promise) return instead;
    if (instead instanceof Error) throw instead;
    if (instead !== undefined) return instead;
    const response = this.#answer(request, signal);
    const lost = this.after(request);
    if (lost !== undefined) throw lost;
    return response;
  }

  #answer(request: KubeRequest, signal: AbortSignal | undefined): KubeResponse {
    const url = new URL(request.path, 'http://in.process');
    const parts = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
    if (parts === null) return this.refuse(404, 'NotFound');
    const [, , namespace = '', resource = '', name] = parts;
    const objects = this.collection(resource);
    const body = request.body === undefined ? undefined : (JSON.parse(String(request.body)) as KubeObject);
    const found = name === undefined ? undefined : objects.get(`${namespace}/${name}`);
    switch (request.method) {
      case 'GET':
        if (name !== undefined) return found === undefined ? this.refuse(404, 'NotFound') : this.value(found);
        return url.searchParams.get('watch') === 'true'
          ? this.#watch(url, { resource, signal })
          : this.#list(url, { resource, namespace });
      case 'POST':
        if (body === undefined || objects.has(`${namespace}/${body.metadata.name}`))
          return this.refuse(409, 'AlreadyExists');
        return this.value(this.put(resource, body), 201);
      case 'PUT':
        if (found === undefined || body === undefined) return this.refuse(404, 'NotFound');
        if (
          body.metadata.resourceVersion !== undefined &&
          body.metadata.resourceVersion !== found.metadata.resourceVersion
        ) {
          return this.refuse(409, 'Conflict');
        }
        return this.value(this.put(resource, body));
      case 'PATCH':
        if (found === undefined) return this.refuse(404, 'NotFound');
        return this.value(this.put(resource, { ...found, ...body, metadata: { ...found.metadata } }));
      default:
        if (found === undefined || name === undefined) return this.refuse(404, 'NotFound');
        this.remove(resource, name, namespace);
        return this.value({ kind: 'Status', apiVersion: 'v1', status: 'Success' });
    }
  }

  #list(url: URL, { resource, namespace }: { readonly resource: string; readonly namespace: string }): KubeResponse {
    const limit = Number(url.searchParams.get('limit') ?? '0') || Number.POSITIVE_INFINITY;
    const token = url.searchParams.get('continue');
    const { version, after } =
      token === null ? { version: this.version, after: '' } : (JSON.parse(token) as { version: number; after: string });
    if (token !== null && version < this.#compacted) return this.refuse(410, 'Expired');
    // The snapshot at `version`, from the log: what a page shows does not depend on later writes.
    const snapshot = new Map<string, KubeObject>();
    for (const commit of this.log) {
      if (commit.version > version || commit.collection !== resource) continue;
      const key = `${commit.object.metadata.namespace ?? ''}/${commit.object.metadata.name}`;
      if (namespace !== '' && commit.object.metadata.namespace !== namespace) continue;
      if (commit.type === 'DELETED') snapshot.delete(key);
      else snapshot.set(key, commit.object);
    }
    const keys = [...snapshot.keys()].sort().filter((key) => key > after);
    const page = keys.slice(0, limit);
    const items = page.map((key) => snapshot.get(key));
    const more = keys.length > page.length ? { continue: JSON.stringify({ version, after: page.at(-1) }) } : {};
    return this.value({
      kind: `${kindOf(resource)}List`,
      apiVersion: 'v1',
      metadata: { resourceVersion: String(version), ...more },
      items,
    });
  }

  #watch(
    url: URL,
    { resource, signal }: { readonly resource: string; readonly signal: AbortSignal | undefined },
  ): KubeResponse {
    const initial = url.searchParams.has('sendInitialEvents');
    if (initial && this.streamedLists === 'refused') return this.refuse(422, 'Invalid');
    const from = initial ? this.version : Number(url.searchParams.get('resourceVersion'));
    const fault = this.watchFault();
    const namespace = /\/namespaces\/([^/]+)/.exec(url.pathname)?.[1];
    const there = [...this.collection(resource).values()].filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
    const events = this.#events({ from, resource, signal, fault, initial: initial ? there : undefined });
    if (this.form === 'objects') return { status: 200, headers: {}, body: { form: 'events', events: plain(events) } };
    const type = this.form === 'bytes' ? 'application/json' : `${PROTOBUF};stream=watch`;
    return {
      status: 200,
      headers: { 'content-type': type },
      body: { form: 'bytes', chunks: encode(events, this.form) },
    };
  }

  async *#events(watch: {
    readonly from: number;
    readonly resource: string;
    readonly signal: AbortSignal | undefined;
    readonly fault: WatchFault | undefined;
    readonly initial: readonly KubeObject[] | undefined;
  }) {
    const { resource, signal, fault, initial } = watch;
    let sent = watch.from;
    let index = 0;
    if (initial !== undefined) {
      const spoil = this.initialFault();
      const end = { type: 'BOOKMARK', object: initialEnd(kindOf(resource), sent) } as const;
      for (const event of [...initial.map((object) => ({ type: 'ADDED', object }) as const), end]) {
        for (const out of spoil?.(event, index++) ?? [event]) {
          if (out === 'end') return;
          if (out === 'reset') throw new Error('ECONNRESET');
          if (out === 'hang') await new Promise<never>(() => undefined);
          yield out as WatchEvent<unknown> | 'truncate';
          if (out === 'truncate') return;
        }
      }
      index = 0;
    }
    for (;;) {
      if (sent < this.#compacted) {
        yield { type: 'ERROR', object: statusBody(410, 'Expired') } as const;
        return;
      }
      for (const commit of this.log.filter(({ version }) => version > sent)) {
        sent = commit.version;
        if (commit.collection !== resource && commit.collection !== '*') continue;
        const bookmark = {
          type: 'BOOKMARK',
          object: { apiVersion: 'v1', kind: kindOf(resource), metadata: { resourceVersion: String(commit.version) } },
        } as const;
        const event = commit.collection === '*' ? bookmark : { type: commit.type, object: commit.object };
        for (const out of fault?.(event, index++) ?? [event]) {
          if (out === 'end') return;
          if (out === 'reset') throw new Error('ECONNRESET');
          if (out === 'hang') await new Promise<never>(() => undefined);
          yield out as WatchEvent<unknown> | 'truncate';
          if (out === 'truncate') return;
        }
      }
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(new Error('aborted'));
        signal?.addEventListener('abort', abort, { once: true });
        this.#wake.add(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
      });
    }
  }

  value(value: unknown, status = 200): KubeResponse {
    const { type, body } = this.#answered(value);
    return { status, headers: { 'content-type': type }, body };
  }

  refuse(code: number, reason: string, headers: Readonly<Record<string, string>> = {}): KubeResponse {
    const { headers: own, ...answer } = this.value(statusBody(code, reason), code);
    return { ...answer, headers: { ...own, ...headers } };
  }

  #answered(value: unknown): { readonly type: string; readonly body: KubeBody } {
    if (this.form === 'objects') return { type: 'application/json', body: { form: 'object', value } };
    const encoded = this.form === 'bytes' ? undefined : this.form.encodeObject(value as Encodable);
    const bytes = encoded ?? Buffer.from(JSON.stringify(value));
    return {
      type: encoded === undefined ? 'application/json' : PROTOBUF,
      body: { form: 'bytes', chunks: inPieces(bytes) },
    };
  }

  #commit(commit: Commit): void {
    this.log.push(commit);
    const waiting = [...this.#wake];
    this.#wake.clear();
    for (const wake of waiting) wake();
  }
}

const initialEnd = (kind: string, version: number) => ({
  kind,
  apiVersion: 'v1',
  metadata: { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } },
});

export const statusBody = (code: number, reason: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason,
  message: `refused: ${reason}`,
  code,
});

async function* plain(events: AsyncIterable<WatchEvent<unknown> | 'truncate'>): AsyncGenerator<WatchEvent<unknown>> {
  for await (const event of events) {
    if (event === 'truncate') return;
    yield event;
  }
}

async function* encode(
  events: AsyncIterable<WatchEvent<unknown> | 'truncate'>,
  form: 'bytes' | Encoder,
): AsyncGenerator<Uint8Array> {
  for await (const event of events) {
    if (event === 'truncate') {
      yield form === 'bytes'
        ? Buffer.from('{"type":"MODIFIED","object":{"metadata":{"na')
        : Buffer.from('000000ff0a084d4f444946', 'hex');
      return;
    }
    if (form === 'bytes') yield* inPieces(Buffer.from(`${JSON.stringify(event)}\n`));
    // What has no kind cannot be said in protobuf: a broken server's frame of rubbish then.
    else
      yield* inPieces(
        form.encodeWatchEvent(event.type, event.object as Encodable) ?? Buffer.from('00000003010203', 'hex'),
      );
  }
}

/** Cut where no sender would cut: in the middle of names, of characters, of frames. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 7 + (bytes.byteLength % 61);
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}
