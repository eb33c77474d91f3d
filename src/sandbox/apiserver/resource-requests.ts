/**
 * One request about a resource, from its parsed path to the value that answers it. Synchronous: nothing happens between
 * its reads and its writes.
 */
import { ApiError, methodNotAllowed } from '../machinery/errors.ts';
import { apiVersionOf, type Verb } from '../machinery/registry.ts';
import { listBody, listObjects, listOptions } from '../verbs/lists.ts';
import { create, patchObject, readObject, remove, removeAll, replaceObject } from './object-requests.ts';
import { type Served, RequestScope, type ResourceRequest, type Services } from './request-scope.ts';
import { answerSubresource } from './subresource-requests.ts';
import { requestTerms } from './write-options.ts';

/** Throws ApiError. Watches are not handled here. */
export function answerResource(services: Services, request: ResourceRequest): Served {
  const terms = requestTerms(request);
  try {
    return answerIn(new RequestScope(services, request, terms));
  } catch (error) {
    if (error instanceof ApiError) error.warnings = terms.warnings;
    throw error;
  }
}

function answerIn(scope: RequestScope): Served {
  const { info, type } = scope.request;
  const { machinery } = scope.services;
  const deprecation = type.custom ? type.custom.deprecationWarning : DEPRECATIONS[`${apiVersionOf(type)}/${type.kind}`];
  if (deprecation && (type.custom || type.verbs.includes(info.verb as Verb))) scope.terms.warnings.push(deprecation);
  if (info.subresource !== '') return answerSubresource(scope);
  if (!type.verbs.includes(info.verb as Verb)) throw methodNotAllowed();
  switch (info.verb) {
    case 'get':
      return scope.answer(readObject(scope));
    case 'list': {
      const options = listOptions(type, info.query, { verb: 'list' });
      return scope.answer(listBody(type, listObjects(machinery, { type, namespace: info.namespace }, options)));
    }
    case 'create':
      return create(scope);
    case 'update':
      return replaceObject(scope);
    case 'patch':
      return patchObject(scope);
    case 'delete':
      return remove(scope);
    case 'deletecollection':
      return removeAll(scope);
    default:
      throw methodNotAllowed();
  }
}

/** Builtin kinds that warn whoever uses them. */
const DEPRECATIONS: Readonly<Record<string, string>> = {
  'v1/Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  'v1/ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
};
