/** The API server: requests in, answers out; and the same verbs for the sandbox's own controllers. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { KubeRequest, KubeResponse } from '../../shapes/transport.ts';
import { type Clock, toHttpDate } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { type AccessConfig, AccessControl } from '../access/access-control.ts';
import { escalationPlugin, policyPlugin, signerPlugin } from '../access/admission-plugins.ts';
import { certificateSubject } from '../admission/certificate-subject.ts';
import { podResize } from '../admission/pod-resize.ts';
import type { Cluster, Gvr } from '../machinery/cluster.ts';
import type { Commit } from '../machinery/commits.ts';
import { DefinitionController } from '../crd/definition-controller.ts';
import { OwnershipTracking } from '../patch/tracking.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { limitRanger } from '../admission/limit-ranger.ts';
import { lostNodeTolerations } from '../admission/pods.ts';
import { podSecurity } from '../admission/pod-security.ts';
import { podTopology } from '../admission/pod-topology.ts';
import { priority } from '../admission/priority.ts';
import { serviceAccount } from '../admission/service-account.ts';
import { claimResize, defaultIngressClass, defaultStorageClass } from '../admission/default-classes.ts';
import { nodeTaints, protection } from '../admission/protection.ts';
import { resourceQuota } from '../admission/resource-quota.ts';
import { Aggregation } from './aggregation.ts';
import { ApiServiceRegistration } from './api-services.ts';
import { serviceAllocation } from '../admission/service-allocation.ts';
import { type Component, unattended } from '../admission/unattended.ts';
import { bringAlong } from '../machinery/bring-along.ts';
import { BUILTIN_RESOURCES } from './builtin-resources.ts';
import { isTooLarge, MAX_BODY_BYTES } from './decode.ts';
import {
  ApiError,
  badRequest,
  entityTooLarge,
  internalError,
  methodNotAllowed,
  routeNotFound,
} from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { listOptions, versionOf, versionProblem, versionTooLarge } from '../verbs/lists.ts';
import { runtimeClasses } from '../kinds/runtime-class.ts';
import type { Machinery } from '../machinery/machinery.ts';
import { LocalCluster } from './local-cluster.ts';
import { FIRST_OBJECTS } from './first-objects.ts';
import { keepFlows } from './flow-conditions.ts';
import { checkStream, negotiate } from './negotiate.ts';
import { answerPath, type Page } from './paths.ts';
import { Registry, type ResourceType } from '../machinery/registry.ts';
import { rendered } from './rendering.ts';
import type { ResourceRequest, Served, Services } from './request-scope.ts';
import { answerResource } from './resource-requests.ts';
import { subresourceOf } from './subresource-requests.ts';
import { failure, PathNotFound, respond, watchResponse } from './responses.ts';
import { parseRequest, type Query, type RequestInfo } from '../machinery/route.ts';
import type { Session } from '../machinery/session.ts';
import { Store } from '../machinery/store.ts';
import { watchObjects } from '../verbs/watches.ts';
import { HeldWrites, untilAnswered } from '../outside/attempts.ts';
import type { OutsideWorld } from '../machinery/outside-call.ts';
import { Outside } from '../outside/outside.ts';
import { paramRights } from '../access/param-rights.ts';
import { mutatingPolicies } from '../mutating-policies/mutation-plugin.ts';
import { followPolicies, MutatingPolicies } from '../mutating-policies/policy-index.ts';
import { HookIndex } from '../webhooks/hook-index.ts';
import { followHooks, mutatingHooks, validatingHooks } from '../webhooks/hook-plugins.ts';

export interface ApiServerOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  /** Default: off. */
  readonly access?: AccessConfig;
  /**
   * What acts on its objects; writers of what nothing acts on are warned. Default: nothing, the API server is alone.
   */
  readonly running?: ReadonlySet<Component>;
  /** How webhooks are reached. Default: none is. */
  readonly outside?: OutsideWorld;
}

/** A request whose method may be anything. */
export interface ServerRequest extends Omit<KubeRequest, 'method'> {
  readonly method: string;
  /** With it the request needs no credentials. */
  readonly user?: UserInfo;
  /** Whom the client's certificate names. */
  readonly certified?: UserInfo;
}

/** How long a read waits for a resourceVersion that is not there yet. */
const FUTURE_VERSION_WAIT_MS = 3_000;
/** One page of the future: how often it is looked whether the version has come. */
const FUTURE_VERSION_STEP_MS = 50;

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

const hasAccounts = ({ access, running }: ApiServerOptions): boolean =>
  access?.mode === 'on' || running?.has('controllers') === true;

/**
 * As the filter of kube-apiserver sets it. Without it a client that keeps answers (kubectl's discovery) takes one whose
 * date is ahead of its own clock for fresh.
 * https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/filters/cachecontrol.go
 */
const NOT_TO_BE_KEPT = { 'cache-control': 'no-cache, private' };

export class ApiServer {
  readonly clock: Clock;
  readonly registry = new Registry(BUILTIN_RESOURCES);
  readonly access: AccessControl;
  /** For the sandbox's own parts: the same verbs without requests. */
  readonly cluster: Cluster;
  /**
   * For controllers, scheduler and kubelets: as `cluster`, but webhooks are asked. A write that has to wait for one
   * throws Suspended.
   */
  readonly askingCluster: Cluster;
  readonly #machinery: Machinery;
  readonly #services: Services;
  readonly #tracking = new OwnershipTracking();
  readonly #definitions: DefinitionController;
  readonly #stops: (() => void)[] = [];
  #podLog: Services['podLog'] = () => undefined;
  #kubeletPage: Services['kubeletPage'] = () => undefined;
  readonly #pages = new Map<string, () => Page>();
  readonly #hooks = new HookIndex();
  readonly #mutatingPolicies = new MutatingPolicies();
  readonly #outside: Outside;
  readonly #aggregation: Aggregation;

  constructor(options: ApiServerOptions) {
    this.clock = options.clock;
    const webhooks = { hooks: this.#hooks, world: () => this.access.world };
    this.#machinery = {
      clock: options.clock,
      prng: options.prng,
      registry: this.registry,
      store: new Store(options.clock),
      admission: [
        namespaceLifecycle,
        limitRanger,
        serviceAccount(hasAccounts(options) ? 'account needed' : 'account optional'),
        nodeTaints,
        podSecurity,
        priority,
        podTopology,
        lostNodeTolerations,
        defaultStorageClass,
        protection,
        claimResize,
        runtimeClasses,
        defaultIngressClass,
        serviceAllocation,
        escalationPlugin(() => this.access),
        unattended(options.running ?? new Set()),
        podResize,
        signerPlugin(() => this.access),
        certificateSubject,
        mutatingPolicies({ policies: this.#mutatingPolicies, world: () => this.access.world }),
        mutatingHooks(webhooks),
        paramRights(() => this.access),
        policyPlugin(() => this.access),
        validatingHooks(webhooks),
        resourceQuota,
      ],
      fields: this.#tracking,
    };
    this.cluster = new LocalCluster(this.#machinery);
    this.#outside = new Outside({
      clock: options.clock,
      prng: options.prng,
      world: options.outside,
      service: (namespace, name) => this.cluster.get(SERVICES, { namespace, name }),
    });
    this.#aggregation = new Aggregation(this.cluster, this.#outside);
    const held = new HeldWrites(this.#outside);
    this.askingCluster = new LocalCluster(this.#machinery, () => (this.#hooks.any ? held : undefined));
    this.access = new AccessControl(this.cluster, this.registry, options.access ?? { mode: 'off' });
    this.#definitions = new DefinitionController(this.cluster, this.registry);
    this.#services = {
      machinery: this.#machinery,
      access: this.access,
      podLog: (pod, query) => this.#podLog(pod, query),
      kubeletPage: (node, path) => this.#kubeletPage(node, path),
      tracking: this.#tracking,
    };
    this.#stops.push(
      this.access.start(),
      this.#definitions.start(),
      followHooks(this.cluster, this.#hooks),
      followPolicies(this.cluster, this.#mutatingPolicies),
    );
    this.#stops.push(this.#aggregation.start());
    this.#bootstrap();
    // Without access it is a server of one user, whose requests wait for nobody.
    if (options.access?.mode === 'on') this.#stops.push(keepFlows(this.cluster));
    this.#stops.push(new ApiServiceRegistration(this.cluster, this.registry).start());
  }

  /** The kubelet's answer to `pods/log`; undefined where nothing runs (204). */
  serveLogs(read: (pod: KubeObject, query: Query) => string | undefined): void {
    this.#podLog = read;
  }

  /** What a node's kubelet answers through `nodes/proxy`; undefined for what it does not serve. */
  serveKubelet(read: (node: KubeObject, path: string) => unknown): void {
    this.#kubeletPage = read;
  }

  /** Answers a path that is no resource. */
  servePage(path: string, read: () => Page): void {
    this.#pages.set(path, read);
  }

  /**
   * Creates an object that comes with the cluster. Its UID is the same in all clusters and not drawn from the stream of
   * the others, so that a cluster with it goes like one without.
   */
  createApart(gvr: Gvr, object: KubeObject): void {
    new LocalCluster({ ...this.#machinery, prng: new Prng(0) }).create(gvr, object);
  }

  /** Ends what follows the store. Open watches end by their own signals. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  /** Older resource versions answer 410 from now on. */
  compact(): void {
    this.#machinery.store.compact();
  }

  /** What was committed after a resource version, oldest first: see CommitLog. */
  commits(after?: string): readonly Commit[] {
    return this.#machinery.store.commits.after(after);
  }

  #bootstrap(): void {
    for (const [gvr, objects] of FIRST_OBJECTS) for (const each of objects) bringAlong(this.cluster, gvr, each);
    this.access.bootstrap();
  }

  async handle(request: ServerRequest, signal?: AbortSignal): Promise<KubeResponse> {
    const answer = await this.#answerOrFailure(request, signal);
    // As Go's server dates every answer, by its own clock.
    return { ...answer, headers: { ...NOT_TO_BE_KEPT, ...answer.headers, date: toHttpDate(this.clock.now()) } };
  }

  async #answerOrFailure(request: ServerRequest, signal: AbortSignal | undefined): Promise<KubeResponse> {
    try {
      return await this.#answer(request, signal);
    } catch (error) {
      if (error instanceof ApiError) return failure(error, request.headers);
      // Objects nested thousands of levels deep are legal JSON; they exhaust the stack somewhere on their way.
      if (error instanceof RangeError) return failure(internalError('the object is nested too deeply'));
      throw error;
    }
  }

  async #answer(request: ServerRequest, signal: AbortSignal | undefined): Promise<KubeResponse> {
    const headers = request.headers ?? {};
    const info = parseRequest(request.method, request.path);
    const user = request.user ?? this.access.user({ headers, certified: request.certified }, info, this.clock.now());
    this.access.authorize(user, info);
    if (this.#aggregation.any) {
      const forwarded = await this.#aggregation.forward(request, info, { user, body: request.body });
      if (forwarded) return forwarded;
    }
    if (!info.isResource)
      return answerPath(
        {
          registry: this.registry,
          pages: this.#pages,
          issuer: this.access.tokens.issuer,
          remotes: this.#aggregation.groups(),
        },
        info,
        headers,
      );
    const type = this.#typeOf(info);
    const accepted = negotiate(headers['accept'], type.custom || type.computed ? 'custom objects' : 'objects');
    if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(info.method)) throw methodNotAllowed();
    if (isTooLarge(request.body)) throw entityTooLarge(`limit is ${MAX_BODY_BYTES}`);
    await this.#awaitVersion(type, info, signal);
    if (info.verb === 'watch' && info.subresource === '') {
      checkStream(accepted);
      const options = listOptions(type, info.query, { verb: 'watch', name: info.name });
      if (options.resourceVersion !== '') versionOf(options.resourceVersion);
      // A watch's tables name their columns once.
      let columns: 'shown' | 'left out' = 'shown';
      const render = (object: KubeObject): unknown => {
        const shown = rendered(object, { type, accepted, query: info.query, now: this.clock.now() }, columns);
        columns = 'left out';
        return shown;
      };
      const watch = {
        type,
        namespace: info.namespace,
        options,
        signal,
        render,
        onRemoved: (handler: () => void) => this.registry.onRemoved(type, handler),
      };
      if (!type.custom?.conversion) return watchResponse(watchObjects(this.#machinery, watch), accepted);
      const untilConverted = <T>(work: (session: Session | undefined) => T) =>
        untilAnswered(this.#machinery, this.#outside, (machinery) => work(machinery.session));
      const events = await untilConverted((session) =>
        watchObjects(this.#machinery, { ...watch, conversion: { session, untilAnswered: untilConverted } }),
      );
      return watchResponse(events, accepted);
    }
    const answer = await this.#answerResource({ info, type, user, headers, body: request.body });
    return respond(
      { ...answer, value: rendered(answer.value, { type, accepted, query: info.query, now: this.clock.now() }) },
      accepted,
    );
  }

  /** In one piece; where webhooks may have to be asked (about the write, or to convert), as often as it takes. */
  async #answerResource(request: ResourceRequest): Promise<Served> {
    const asks = (this.#hooks.any && WRITES.has(request.info.verb)) || request.type.custom?.conversion !== undefined;
    if (!asks) return answerResource(this.#services, request);
    return untilAnswered(this.#machinery, this.#outside, (machinery) =>
      answerResource({ ...this.#services, machinery }, request),
    );
  }

  #typeOf(info: RequestInfo): ResourceType {
    // An empty element matches no route.
    if (info.path.includes('//')) throw routeNotFound();
    const type = this.registry.find(info);
    const custom = type ? type.custom !== undefined : this.#isCustomGroup(info.group);
    // Custom resources are routed by their own handler, whose 404 is the outermost router's.
    const astray = () => (custom || !this.registry.hasGroup(info.group) ? new PathNotFound() : routeNotFound());
    if (!type) throw astray();
    if (!type.namespaced && info.namespace !== '' && info.resource !== 'namespaces') throw astray();
    if (type.namespaced && info.namespace === '') {
      if (info.name !== '') throw astray();
      if (info.verb !== 'list' && info.verb !== 'watch') throw custom ? new PathNotFound() : methodNotAllowed();
    }
    if (info.subresource !== '') subresourceOf(type, info);
    if (info.name === '.' || info.name === '..')
      throw badRequest(`Name parameter invalid: "${info.name}": may not be '${info.name}'`);
    return type;
  }

  #isCustomGroup(group: string): boolean {
    return this.registry
      .versions(group)
      .some((version) => this.registry.inVersion(group, version).some((type) => type.custom));
  }

  /** A version of the future is waited for, as the watch cache does, then refused. */
  async #awaitVersion(type: ResourceType, info: RequestInfo, signal: AbortSignal | undefined): Promise<void> {
    if (info.verb !== 'get' && info.verb !== 'list') return;
    const text = info.query.get('resourceVersion') ?? '';
    if (text === '' || text === '0') return;
    // A list refuses it in its own words.
    if (info.verb === 'list' && versionProblem(text) !== undefined) return;
    const wanted = versionOf(text);
    const { revisions } = this.#machinery.store;
    if (wanted <= revisions.current || !type.storedAs) return;
    const until = this.clock.now() + FUTURE_VERSION_WAIT_MS;
    while (wanted > revisions.current && this.clock.now() < until)
      await this.clock.until(this.clock.now() + FUTURE_VERSION_STEP_MS, signal);
    if (wanted > revisions.current) throw versionTooLarge(wanted, revisions.current);
  }
}
