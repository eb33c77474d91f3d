/**
 * One request about a resource, from its parsed path to the value that answers it. Synchronous: nothing happens between
 * its reads and its writes.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { AccessControl } from '../access/access-control.ts';
import { issueToken } from '../access/token-request.ts';
import type { OwnershipTracking } from '../patch/tracking.ts';
import { decodeFields, type KindName } from '../schema/type-decoding.ts';
import { type Body, decodeObject, reportUnknown, strictProblems, textOf } from './decode.ts';
import { parseDeleteOptions, readDeleteOptions } from './delete-options.ts';
import { checkDeleteOptions, type DeleteOptions, deleteObject } from '../verbs/deletes.ts';
import {
  ApiError,
  badRequest,
  methodNotAllowed,
  methodNotSupported,
  notFound,
  routeNotFound,
} from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asObject, asText, at, type Draft } from '../machinery/json.ts';
import { getObject, isSelected, listBody, listObjects, listOptions } from '../verbs/lists.ts';
import type { Call, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import { appliedObject, patchedObject, type PatchRequest } from './patching.ts';
import { patchKind, type PatchKind } from './patches.ts';
import { apiVersionOf, type ResourceType, type Verb } from '../machinery/registry.ts';
import type { Query, RequestInfo } from '../machinery/route.ts';
import { checkLogOptions } from '../subresources/logs.ts';
import { bindPod, evictPod } from '../subresources/pods.ts';
import { scaleOf, scaleToPatch, withScale } from '../subresources/scale.ts';
import { callOf } from './write-options.ts';
import { createObject } from '../verbs/creates.ts';
import { updateObject } from '../verbs/updates.ts';

/** Parts that the server is put together from, and that others fill in. */
export interface Services {
  readonly machinery: Machinery;
  readonly access: AccessControl;
  /** Text of a pod's log; undefined where nothing runs. The kubelet registers it. */
  readonly podLog: (pod: KubeObject, query: Query) => string | undefined;
  /** What a node's kubelet answers to a path; undefined for what it does not serve. The kubelet registers it. */
  readonly kubeletPage: (node: KubeObject, path: string) => unknown;
  /** Who owns which fields. */
  readonly tracking: OwnershipTracking;
}

export interface ResourceRequest {
  readonly info: RequestInfo;
  readonly type: ResourceType;
  readonly user: UserInfo;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface Answer {
  readonly status: number;
  readonly value: unknown;
  readonly warnings: readonly string[];
  /** Plain text instead of an object. */
  readonly text?: string;
}

/** Throws ApiError. Watches are not handled here. */
export function answerResource(services: Services, request: ResourceRequest): Answer {
  const call = callOf(request);
  try {
    return answerCall(services, request, call);
  } catch (error) {
    if (error instanceof ApiError) error.warnings = call.warnings;
    throw error;
  }
}

function answerCall(services: Services, request: ResourceRequest, call: Call): Answer {
  const { info, type } = request;
  const deprecation = type.custom ? type.custom.deprecationWarning : DEPRECATIONS[`${apiVersionOf(type)}/${type.kind}`];
  if (deprecation) call.warnings.push(deprecation);
  const answer = (value: unknown, status = 200): Answer => ({ status, value, warnings: call.warnings });
  const write = new ResourceWrite(services, request, call);
  if (info.subresource !== '') return write.subresource(answer);
  if (!type.verbs.includes(info.verb as Verb)) throw methodNotAllowed();
  switch (info.verb) {
    case 'get':
      return answer(getObject(services.machinery, type, info));
    case 'list':
      return answer(
        listBody(
          type,
          listObjects(
            services.machinery,
            { type, namespace: info.namespace },
            listOptions(type, info.query, { verb: 'list' }),
          ),
        ),
      );
    case 'create':
      return write.create(answer);
    case 'update':
      return write.replace(answer);
    case 'patch':
      return write.patch(answer);
    case 'delete':
      return write.remove(answer);
    case 'deletecollection':
      return write.removeAll(answer);
    default:
      throw methodNotAllowed();
  }
}

/** Builtin kinds that warn whoever uses them. */
const DEPRECATIONS: Readonly<Record<string, string>> = {
  'v1/Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  'v1/ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
};

type Answering = (value: unknown, status?: number) => Answer;

class ResourceWrite {
  readonly #services: Services;
  readonly #request: ResourceRequest;
  readonly #call: Call;

  constructor(services: Services, request: ResourceRequest, call: Call) {
    this.#services = services;
    this.#request = request;
    this.#call = call;
  }

  create(answer: Answering): Answer {
    const { type, info, user } = this.#request;
    const { machinery, access } = this.#services;
    if (info.name !== '' && !type.custom) throw methodNotAllowed();
    const object = this.#decode();
    if (access.isReview(type)) {
      return answer(access.review(type, object, { user, now: machinery.clock.now(), namespace: info.namespace }), 201);
    }
    if (type.resource === 'bindings' && type.group === '') {
      const pods = this.#pods();
      return answer(
        bindPod(machinery, this.#call, {
          type: pods,
          namespace: info.namespace,
          name: asText(metaOf(object)['name']),
          body: object,
        }),
        201,
      );
    }
    return answer(createObject(machinery, this.#call, { type, namespace: info.namespace, object }), 201);
  }

  replace(answer: Answering): Answer {
    const { type, info } = this.#request;
    if (info.name === '') throw type.custom ? badRequest('name must be provided') : methodNotAllowed();
    const object = this.#decode();
    const meta = metaOf(object);
    const name = asText(meta['name']);
    if (name === '')
      throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
    if (name !== info.name)
      throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
    const { object: stored, created } = updateObject(this.#services.machinery, this.#call, {
      type,
      namespace: info.namespace,
      name: info.name,
      subresource: info.subresource,
      change: () => object,
      onCreate: () => this.#mayCreate(),
    });
    return answer(stored, created ? 201 : 200);
  }

  patch(answer: Answering): Answer {
    const { type, info } = this.#request;
    if (info.name === '') throw methodNotAllowed();
    const kind = patchKind(this.#request.headers['content-type'], type.custom ? 'custom' : 'builtin');
    const isApply = kind === 'apply';
    const { object, created } = updateObject(this.#services.machinery, this.#call, {
      type,
      namespace: info.namespace,
      name: info.name,
      subresource: info.subresource,
      change: (old) => this.#patched(kind, old),
      onCreate: () => this.#mayCreate(),
      ...(isApply && info.subresource === '' ? { forceCreate: true as const } : {}),
      ...(isApply ? { tracked: true as const } : {}),
      patch: true,
    });
    return answer(object, created ? 201 : 200);
  }

  #patched(kind: PatchKind, old: KubeObject | undefined): Draft {
    const { type, info } = this.#request;
    if (!old && kind !== 'apply') throw notFound(type, info.name);
    const request = this.#patchRequest();
    const result =
      kind === 'apply' || !old
        ? appliedObject(old, {
            ...request,
            force: info.query.get('force') === 'true',
            tracking: this.#services.tracking,
          })
        : patchedObject(kind, old, request);
    const name = asText(metaOf(result)['name']);
    if (name === '')
      throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
    if (name !== info.name)
      throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
    return result;
  }

  #patchRequest(): PatchRequest {
    const { type, info, body } = this.#request;
    const { machinery } = this.#services;
    return {
      type,
      call: this.#call,
      registry: machinery.registry,
      text: textOf(body),
      now: machinery.clock.now(),
      subresource: info.subresource,
    };
  }

  remove(answer: Answering): Answer {
    const { type, info } = this.#request;
    const { machinery } = this.#services;
    const options = parseDeleteOptions(this.#request);
    const call = this.#withDryRun(options);
    const { answer: value } = deleteObject(machinery, call, {
      type,
      namespace: info.namespace,
      name: info.name,
      options,
    });
    return answer(value);
  }

  removeAll(answer: Answering): Answer {
    const { type, info } = this.#request;
    const { machinery } = this.#services;
    const options = parseDeleteOptions(this.#request);
    const selection = listOptions(type, info.query, { verb: 'list' });
    const call = this.#withDryRun(options);
    const page = listObjects(machinery, { type, namespace: info.namespace }, selection);
    const items: KubeObject[] = [];
    for (const object of page.items) {
      if (!isSelected(selection, object)) continue;
      deleteObject(machinery, call, {
        type,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
        options,
      });
      items.push(object);
    }
    return answer(listBody(type, { items, metadata: page.metadata }));
  }

  subresource(answer: Answering): Answer {
    const { type, info } = this.#request;
    const { machinery } = this.#services;
    const found = type.subresources.find((sub) => sub.name === info.subresource);
    if (!found) {
      // A custom resource's missing endpoint is looked for like an object.
      throw type.custom ? notFound(type, info.name) : routeNotFound();
    }
    if (!found.verbs.includes(info.verb as Verb))
      throw type.custom ? methodNotSupported(type, info.verb) : methodNotAllowed();
    switch (info.subresource) {
      case 'scale':
        return this.#scale(answer);
      case 'binding':
        return answer(
          bindPod(machinery, this.#call, {
            type,
            namespace: info.namespace,
            name: info.name,
            body: this.#decodeAs({ group: '', version: 'v1', kind: 'Binding' }),
          }),
          201,
        );
      case 'eviction': {
        const body = this.#decodeAs({ group: 'policy', version: this.#evictionVersion(), kind: 'Eviction' });
        const options = readDeleteOptions(asObject(body['deleteOptions']) ?? {}, info.query);
        checkDeleteOptions(options);
        return answer(
          evictPod(machinery, this.#withDryRun(options), {
            type,
            namespace: info.namespace,
            name: info.name,
            body,
            options,
          }),
          201,
        );
      }
      case 'log':
        return this.#log(answer);
      case 'proxy':
        return this.#proxy(answer);
      case 'token': {
        const account = getObject(machinery, type, info);
        const body = this.#decodeAs({ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' });
        const { prng, clock, registry } = machinery;
        const find = (resource: string, name: string): KubeObject => {
          const wanted = registry.find({ group: '', version: 'v1', resource });
          if (!wanted) throw notFound({ group: '', resource }, name);
          return getObject(machinery, wanted, { namespace: info.namespace, name });
        };
        const node = (name: string) => machinery.store.collection('nodes').get(name);
        return answer(
          issueToken(body, { account, tokens: this.#services.access.tokens, prng, now: clock.now(), find, node }),
          201,
        );
      }
      case 'status':
      case 'finalize':
      case 'approval':
      case 'resize':
      case 'ephemeralcontainers':
        if (info.verb === 'get') return answer(getObject(machinery, type, info));
        return info.verb === 'patch' ? this.patch(answer) : this.replace(answer);
      default:
        throw this.#unreachable();
    }
  }

  #scale(answer: Answering): Answer {
    const { type, info } = this.#request;
    const { machinery } = this.#services;
    if (info.verb === 'get') return answer(scaleOf(type, getObject(machinery, type, info)));
    const kind = info.verb === 'patch' ? patchKind(this.#request.headers['content-type'], 'builtin') : undefined;
    const { object } = updateObject(machinery, this.#call, {
      type,
      namespace: info.namespace,
      name: info.name,
      subresource: 'scale',
      change: (old) => {
        if (!old) throw notFound(type, info.name);
        if (!kind) {
          const scale = this.#decodeAs({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
          const namespace = asText(metaOf(scale)['namespace']);
          if (namespace !== '' && namespace !== info.namespace)
            throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
          return withScale(type, old, scale);
        }
        const request = {
          ...this.#patchRequest(),
          subresource: 'scale',
          expected: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        };
        if (kind === 'apply')
          return appliedObject(old, {
            ...request,
            force: info.query.get('force') === 'true',
            tracking: this.#services.tracking,
          });
        return withScale(type, old, patchedObject(kind, scaleToPatch(type, old), request));
      },
      ...(kind === 'apply' ? { tracked: true as const } : {}),
      ...(kind ? { patch: true as const } : {}),
    });
    return answer(scaleOf(type, object));
  }

  #log(answer: Answering): Answer {
    const { type, info } = this.#request;
    const pod = getObject(this.#services.machinery, type, info);
    checkLogOptions(pod, info.query);
    const node = asText(at(pod, 'spec', 'nodeName'));
    if (node !== '' && !this.#services.machinery.store.collection('nodes').get(node))
      throw notFound({ group: '', resource: 'pods' }, node);
    const text = this.#services.podLog(pod, info.query);
    return { ...answer(undefined, text === undefined ? 204 : 200), text: text ?? '' };
  }

  #proxy(answer: Answering): Answer {
    const { type, info } = this.#request;
    if (type.resource !== 'nodes' || info.verb !== 'get') throw this.#unreachable();
    const path = `/${info.parts.slice(3).join('/')}`;
    const page = this.#services.kubeletPage(getObject(this.#services.machinery, type, info), path);
    if (page === undefined)
      throw badRequest(`the kubelet of ${info.name} answers /stats/summary alone here, not ${path}`);
    return answer(page);
  }

  /** What needs a connection into a container: no node has any. */
  #unreachable(): Error {
    const { type, info } = this.#request;
    if (type.resource !== 'pods')
      return badRequest(`${info.subresource} needs a node, and this cluster's nodes run nothing`);
    const pod = getObject(this.#services.machinery, type, info);
    if (asText(at(pod, 'spec', 'nodeName')) === '') return badRequest(`pod ${info.name} does not have a host assigned`);
    return badRequest(`${info.subresource} needs a node that runs processes, and this cluster's nodes only play them`);
  }

  /** Both versions are taken, whatever discovery lists. */
  #evictionVersion(): string {
    return textOf(this.#request.body).includes('policy/v1beta1') ? 'v1beta1' : 'v1';
  }

  #decode(): Draft {
    return this.#decodeAs(this.#request.type);
  }

  #decodeAs(expected: KindName): Draft {
    const { type, body, headers } = this.#request;
    const { object, duplicates } = decodeObject(this.#services.machinery.registry, {
      type,
      body,
      contentType: headers['content-type'],
      ...(expected === type ? {} : { expected }),
    });
    const decoded = decodeFields(type, object, { expected, duplicates });
    if (decoded.problem !== undefined) {
      throw badRequest(
        `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: ${decoded.problem}`,
      );
    }
    reportUnknown(this.#call, strictProblems(duplicates, decoded.strict), type);
    return decoded.object;
  }

  #mayCreate(): void {
    const { user, info } = this.#request;
    this.#services.access.authorize(user, info, 'create');
  }

  #pods(): ResourceType {
    const pods = this.#services.machinery.registry.find({ group: '', version: 'v1', resource: 'pods' });
    if (!pods) throw routeNotFound();
    return pods;
  }

  #withDryRun(options: DeleteOptions): Call {
    const dryRun = options.raw['dryRun'];
    return Array.isArray(dryRun) && dryRun.includes('All') ? { ...this.#call, dryRun: 'All' } : this.#call;
  }
}
