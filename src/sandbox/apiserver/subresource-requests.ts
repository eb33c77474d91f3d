/** Requests about a subresource: status, scale, binding, eviction, logs, tokens. */
import type { KubeObject } from '../../shapes/kube.ts';
import { checkNamed, issueToken } from '../access/token-request.ts';
import {
  badRequest,
  methodNotAllowed,
  methodNotSupported,
  notFound,
  rawServerError,
  routeNotFound,
  serviceUnavailable,
} from '../machinery/errors.ts';
import { asList, asObject, asText, at, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { type AdmissionAttributes, admitVirtual, createOptions } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import type { ResourceType, Subresource, Verb } from '../machinery/registry.ts';
import type { RequestInfo } from '../machinery/route.ts';
import { checkLogOptions } from '../subresources/logs.ts';
import { bindPod, evictPod } from '../subresources/pods.ts';
import { scaleOf, scaleSeen, scaleToPatch, withScale } from '../subresources/scale.ts';
import { checkDeleteOptions } from '../verbs/deletes.ts';
import { getObject } from '../verbs/lists.ts';
import { updateObject } from '../verbs/updates.ts';
import { matchNamespace } from '../verbs/write-steps.ts';
import { textOf } from './decode.ts';
import { readDeleteOptions } from './delete-options.ts';
import { checkName, patchObject, readObject, replaceObject } from './object-requests.ts';
import { appliedObject, patchedObject } from './patching.ts';
import { patchKind } from './patches.ts';
import type { Served, RequestScope } from './request-scope.ts';

/** Throws 404: a custom resource's missing endpoint is looked for like an object. */
export function subresourceOf(type: ResourceType, { subresource, name }: RequestInfo): Subresource {
  const found = type.subresources.find((sub) => sub.name === subresource);
  if (!found) throw type.custom ? notFound(type, name) : routeNotFound();
  return found;
}

export function answerSubresource(scope: RequestScope): Served {
  const { type, info } = scope.request;
  const { machinery } = scope.services;
  const found = subresourceOf(type, info);
  if (!found.verbs.includes(info.verb as Verb))
    throw type.custom ? methodNotSupported(type, info.verb) : methodNotAllowed();
  switch (info.subresource) {
    case 'scale':
      return scale(scope);
    case 'binding': {
      const { namespace, name } = info;
      const body = createdBody(scope, { group: '', version: 'v1', kind: 'Binding' });
      const admitted = admitVirtual(machinery, virtualCreate(scope, body));
      return scope.answer(bindPod(admitted, scope.terms, { type, namespace, name, body }), 201);
    }
    case 'eviction': {
      const body = createdBody(scope, { group: 'policy', version: evictionVersion(scope), kind: 'Eviction' });
      const options = readDeleteOptions(asObject(body['deleteOptions']) ?? {});
      matchDryRun(info, options.raw['dryRun']);
      checkDeleteOptions(options);
      return scope.answer(
        evictPod(machinery, scope.withDryRun(options), {
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
      return log(scope);
    case 'proxy':
      refuseDryRun(scope);
      return proxy(scope);
    case 'token': {
      const body = createdBody(scope, { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' });
      checkNamed(metaOf(body), info);
      const account = getObject(machinery, type, info);
      admitVirtual(machinery, virtualCreate(scope, body));
      const { prng, clock, registry } = machinery;
      const find = (resource: string, name: string): KubeObject => {
        const wanted = registry.find({ group: '', version: 'v1', resource });
        if (!wanted) throw notFound({ group: '', resource }, name);
        return getObject(machinery, wanted, { namespace: info.namespace, name });
      };
      const node = (name: string) => machinery.store.collection('nodes').get(name);
      return scope.answer(
        issueToken(body, { account, tokens: scope.services.access.tokens, prng, now: clock.now(), find, node }),
        201,
      );
    }
    case 'status':
    case 'finalize':
    case 'approval':
    case 'resize':
    case 'ephemeralcontainers':
      if (info.verb === 'get') return scope.answer(readObject(scope));
      return info.verb === 'patch' ? patchObject(scope) : replaceObject(scope);
    default:
      refuseDryRun(scope);
      throw unreachable(scope);
  }
}

/** A connection cannot be tried. */
function refuseDryRun({ request: { info } }: RequestScope): void {
  if (info.query.has('dryRun')) throw badRequest('dryRun is not supported');
}

/** As admission sees what is sent to a subresource that creates nothing. */
function virtualCreate({ request: { type, info }, terms }: RequestScope, object: Draft): AdmissionAttributes {
  const { namespace, name, subresource } = info;
  return { operation: 'CREATE', type, subresource, namespace, name, object, terms, options: createOptions(terms) };
}

/** What is made at a subresource lies in the namespace of its parent, and may say so. */
function createdBody(scope: RequestScope, kind: Parameters<RequestScope['decodeAs']>[0]): Draft {
  const body = scope.decodeAs(kind);
  const { type, info } = scope.request;
  matchNamespace(metaOf(body), { type, namespace: info.namespace });
  return body;
}

function scale(scope: RequestScope): Served {
  const { type, info } = scope.request;
  const { machinery } = scope.services;
  if (info.verb === 'get') return scope.answer(scaleOf(type, readObject(scope)));
  const taken = type.custom ? 'custom' : 'builtin';
  const kind = info.verb === 'patch' ? patchKind(scope.request.headers['content-type'], taken) : undefined;
  const sent = kind ? undefined : scope.decodeAs({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
  if (sent) {
    checkName(sent, info.name);
    matchNamespace(metaOf(sent), { type, namespace: info.namespace });
  }
  const { object } = updateObject(machinery, scope.terms, {
    type,
    namespace: info.namespace,
    name: info.name,
    subresource: 'scale',
    form: {
      show: (object) => scaleSeen(type, object),
      apply: (object, scale) => withScale(type, object, scale),
    },
    change: (old) => {
      if (!old) throw notFound(type, info.name);
      if (!kind) return withScale(type, old, sent ?? {});
      const request = {
        ...scope.patchRequest(),
        subresource: 'scale',
        expected: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      };
      if (kind === 'apply')
        return appliedObject(old, {
          ...request,
          force: info.query.get('force') === 'true',
          tracking: scope.services.tracking,
        });
      return withScale(type, old, patchedObject(kind, scaleToPatch(type, old), request));
    },
    ...(kind === 'apply' ? { tracked: true as const } : {}),
    ...(kind ? { patch: true as const } : {}),
  });
  return scope.answer(scaleOf(type, object));
}

function log(scope: RequestScope): Served {
  const { type, info } = scope.request;
  const pod = getObject(scope.services.machinery, type, info);
  checkLogOptions(pod, info.query);
  const node = asText(at(pod, 'spec', 'nodeName'));
  if (node !== '' && !scope.services.machinery.store.collection('nodes').get(node))
    throw notFound({ group: '', resource: 'pods' }, node);
  const text = scope.services.podLog(pod, info.query);
  return { ...scope.answer(undefined, text === undefined ? 204 : 200), text: text ?? '' };
}

function proxy(scope: RequestScope): Served {
  const { type, info } = scope.request;
  if (type.resource === 'services') throw noWayTo(scope);
  if (type.resource === 'pods') throw unreachable(scope, proxied(info.name).name);
  if (type.resource !== 'nodes' || info.verb !== 'get') throw unreachable(scope);
  const path = `/${info.parts.slice(3).join('/')}`;
  const page = scope.services.kubeletPage(getObject(scope.services.machinery, type, info), path);
  if (page === undefined)
    throw badRequest(`the kubelet of ${info.name} answers /stats/summary alone here, not ${path}`);
  return scope.answer(page);
}

/** As the paths of proxies have it: `name`, `name:port` or `scheme:name:port`. */
function proxied(text: string): { readonly name: string; readonly port: string } {
  const parts = text.split(':');
  const [name = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts;
  return { name, port };
}

/** Services have addresses here and nothing behind them. */
function noWayTo(scope: RequestScope): Error {
  const { type, info } = scope.request;
  const { name, port } = proxied(info.name);
  const service = getObject(scope.services.machinery, type, { namespace: info.namespace, name });
  const ports = objectsOf(at(service, 'spec', 'ports'));
  if (/^\d+$/.test(port) && !ports.some((each) => each['port'] === Number(port)))
    return serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}

/** What needs a connection into a container: no node has any. */
function unreachable(scope: RequestScope, name = scope.request.info.name): Error {
  const { type, info } = scope.request;
  if (type.resource !== 'pods')
    return badRequest(`${info.subresource} needs a node, and this cluster's nodes run nothing`);
  const pod = getObject(scope.services.machinery, type, { namespace: info.namespace, name });
  if (asText(at(pod, 'spec', 'nodeName')) === '') return badRequest(`pod ${name} does not have a host assigned`);
  return badRequest(`${info.subresource} needs a node that runs processes, and this cluster's nodes only play them`);
}

/** An eviction and its request may both say that it is only tried: the same then. */
function matchDryRun({ query }: RequestInfo, own: unknown): void {
  const [asked, given] = [query.all('dryRun'), asList(own).map(asText)];
  if (asked.length === 0 || given.length === 0 || equalJson(asked, given)) return;
  const shown = `[${asked.join(' ')}] and [${given.join(' ')}]`;
  throw rawServerError(`Non-matching dry-run options in request and content: ${shown}`);
}

/** Both versions are taken, whatever discovery lists. */
function evictionVersion(scope: RequestScope): string {
  return textOf(scope.request.body).includes('policy/v1beta1') ? 'v1beta1' : 'v1';
}
