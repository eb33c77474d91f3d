/** A webhook server of a test, in this process: what it was asked, and answers by path. */
import { VirtualClock } from '../../std/clock.ts';
import {
  createSandbox,
  type OutsideRequest,
  type OutsideResponse,
  type Sandbox,
  type SandboxOptions,
} from '../index.ts';
import { asText, type Draft } from '../machinery/json.ts';

export interface Review {
  readonly path: string;
  readonly url: string;
  readonly request: Draft;
}

/** A response without its uid, or what the connection or the whole HTTP answer is. */
export type HookAnswer = Draft | Error | { readonly http: Partial<OutsideResponse> };

interface Sent {
  readonly body?: Draft | readonly Draft[];
  /** The content type, after `application/`. */
  readonly form?: string;
}

export type Answering = (review: Review, signal: AbortSignal) => HookAnswer | Promise<HookAnswer>;

export const jsonPatch = (...operations: readonly Draft[]): Draft => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

export class HookServer {
  readonly clock = new VirtualClock();
  readonly reviews: Review[] = [];
  readonly sandbox: Sandbox;
  readonly #answers = new Map<string, Answering>();

  constructor(options: Partial<SandboxOptions> = {}) {
    this.sandbox = createSandbox({
      clock: this.clock,
      controllers: 'off',
      scheduler: 'off',
      kubelet: 'off',
      ...options,
      outside: {
        call: (request, signal) => this.#call(request, signal),
        resolve: () => '127.0.0.1:9443',
        ...options.outside,
      },
    });
  }

  on(path: string, answer: Answering | HookAnswer): void {
    this.#answers.set(path, typeof answer === 'function' ? answer : () => answer);
  }

  async #call({ url, body }: OutsideRequest, signal: AbortSignal): Promise<OutsideResponse> {
    const review = JSON.parse(String(body)) as {
      readonly apiVersion: string;
      readonly kind: string;
      readonly request: Draft;
    };
    const path = new URL(url).pathname;
    const seen = { path, url, request: review.request };
    this.reviews.push(seen);
    const answer = await (this.#answers.get(path) ?? (() => ({ allowed: true })))(seen, signal);
    if (answer instanceof Error) throw answer;
    const headers = { 'content-type': 'application/json' };
    if ('http' in answer) return { status: 200, headers, body: '', ...(answer.http as Partial<OutsideResponse>) };
    const response = { uid: review.request['uid'], ...answer };
    return {
      status: 200,
      headers,
      body: JSON.stringify({ apiVersion: review.apiVersion, kind: review.kind, response }),
    };
  }

  async send(method: string, path: string, { body, form = 'json' }: Sent = {}) {
    const answer = await this.sandbox.server.handle({
      method,
      path,
      headers: { 'content-type': `application/${form}`, 'user-agent': 'test/1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (answer.body.form === 'object' ? answer.body.value : {}) as Draft;
    return {
      status: answer.status,
      value,
      message: asText(value['message']),
      warning: answer.headers['warning'],
    };
  }

  post(path: string, body: Draft) {
    return this.send('POST', path, { body });
  }

  merge(path: string, body: Draft) {
    return this.send('PATCH', path, { body, form: 'merge-patch+json' });
  }

  /** Registers webhooks, each complete but for what is given. */
  async register(kind: 'Mutating' | 'Validating', name: string, hooks: readonly Draft[]): Promise<void> {
    const { status, message } = await this.post(
      `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`,
      { metadata: { name }, webhooks: hooks.map((hook) => ({ ...hookOf(), ...hook })) },
    );
    if (status !== 201) throw new Error(message);
  }
}

/** A webhook about ConfigMaps, at `/hook`. */
export const hookOf = (): Draft => ({
  name: 'one.hooks.example',
  clientConfig: { service: { namespace: 'shop', name: 'hooks', path: '/hook' } },
  rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
});

export const at = (path: string): Draft => ({ clientConfig: { service: { namespace: 'shop', name: 'hooks', path } } });

const open: HookServer[] = [];

/** For `afterEach` of each file that starts one. */
export async function closeHookServers(): Promise<void> {
  for (const { sandbox } of open.splice(0)) await sandbox.close();
}

export function startHookServer(options: Partial<SandboxOptions> = {}): HookServer {
  const server = new HookServer(options);
  open.push(server);
  return server;
}

export const MAPS = '/api/v1/namespaces/default/configmaps';
export const map = (name: string, fields: Draft = {}): Draft => ({ metadata: { name }, ...fields });
/** As a webhook of `hookOf` is called. */
export const URL_OF_HOOK = 'https://hooks.shop.svc:443/hook?timeout=10s';
