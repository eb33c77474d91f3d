/** Requests about an object or a collection itself: create, replace, patch, delete. */
import type { KubeObject } from '../../shapes/kube.ts';
import { badRequest, methodNotAllowed, notFound, routeNotFound } from '../machinery/errors.ts';
import { asText, type Draft } from '../machinery/json.ts';
import { metaOf } from '../machinery/metadata.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { bindPod } from '../subresources/pods.ts';
import { createObject } from '../verbs/creates.ts';
import { askAboutAll, deleteObject, type DeleteOptions } from '../verbs/deletes.ts';
import { admitVirtual, createOptions } from '../machinery/machinery.ts';
import { getObject, isSelected, listBody, listObjects, listOptions } from '../verbs/lists.ts';
import { updateObject } from '../verbs/updates.ts';
import { matchNamespace } from '../verbs/write-steps.ts';
import { deletionTerms, parseDeleteOptions } from './delete-options.ts';
import { appliedObject, patchedObject } from './patching.ts';
import { patchKind, type PatchKind } from './patches.ts';
import type { Served, RequestScope } from './request-scope.ts';

/** What a GET shows: of the object itself or of a part that has the same form. Throws 400 and 404. */
export function readObject({ request: { type, info }, services }: RequestScope): KubeObject {
  if (info.query.flag('export'))
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  return getObject(services.machinery, type, info);
}

export function create(scope: RequestScope): Served {
  const { type, info, user } = scope.request;
  const { machinery, access } = scope.services;
  if (info.name !== '' && !type.custom) throw methodNotAllowed();
  const object = scope.decode();
  if (access.isReview(type) || (type.resource === 'bindings' && type.group === ''))
    matchNamespace(metaOf(object), { type, namespace: info.namespace });
  if (access.isReview(type)) {
    const { manager } = scope.terms;
    machinery.fields.track(object, undefined, { type, manager, now: machinery.clock.now(), subresource: '' });
    return scope.answer(
      access.review(type, object, { user, now: machinery.clock.now(), namespace: info.namespace }),
      201,
    );
  }
  if (type.resource === 'bindings' && type.group === '') {
    const pods = podsType(scope);
    const name = asText(metaOf(object)['name']);
    const { namespace } = info;
    const admitted = admitVirtual(machinery, {
      operation: 'CREATE',
      type,
      subresource: '',
      namespace,
      name,
      object,
      terms: scope.terms,
      options: createOptions(scope.terms),
    });
    return scope.answer(
      bindPod(admitted, scope.terms, {
        type: pods,
        namespace,
        name,
        body: object,
      }),
      201,
    );
  }
  return scope.answer(createObject(machinery, scope.terms, { type, namespace: info.namespace, object }), 201);
}

function podsType(scope: RequestScope): ResourceType {
  const pods = scope.services.machinery.registry.find({ group: '', version: 'v1', resource: 'pods' });
  if (!pods) throw routeNotFound();
  return pods;
}

/** The URL and the object must name the same. */
export function checkName(object: Draft, wanted: string): void {
  const name = asText(metaOf(object)['name']);
  if (name === '')
    throw badRequest(`the name of the object (${wanted} based on URL) was undeterminable: name must be provided`);
  if (name !== wanted)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${wanted})`);
}

export function replaceObject(scope: RequestScope): Served {
  const { type, info } = scope.request;
  if (info.name === '') throw type.custom ? badRequest('name must be provided') : methodNotAllowed();
  const object = scope.decode();
  checkName(object, info.name);
  const { object: stored, created } = updateObject(scope.services.machinery, scope.terms, {
    type,
    namespace: info.namespace,
    name: info.name,
    subresource: info.subresource,
    change: () => object,
    onCreate: () => scope.mayCreate(),
  });
  return scope.answer(stored, created ? 201 : 200);
}

export function patchObject(scope: RequestScope): Served {
  const { type, info } = scope.request;
  if (info.name === '') throw methodNotAllowed();
  const kind = patchKind(scope.request.headers['content-type'], type.custom ? 'custom' : 'builtin');
  const isApply = kind === 'apply';
  const { object, created } = updateObject(scope.services.machinery, scope.terms, {
    type,
    namespace: info.namespace,
    name: info.name,
    subresource: info.subresource,
    change: (old) => patched(scope, kind, old),
    onCreate: () => scope.mayCreate(),
    ...(isApply && info.subresource === '' ? { forceCreate: true as const } : {}),
    ...(isApply ? { tracked: true as const } : {}),
    patch: true,
  });
  return scope.answer(object, created ? 201 : 200);
}

function patched(scope: RequestScope, kind: PatchKind, old: KubeObject | undefined): Draft {
  const { type, info } = scope.request;
  if (!old && kind !== 'apply') throw notFound(type, info.name);
  const request = scope.patchRequest();
  const result =
    kind === 'apply' || !old
      ? appliedObject(old, {
          ...request,
          force: info.query.get('force') === 'true',
          tracking: scope.services.tracking,
        })
      : patchedObject(kind, old, request);
  checkName(result, info.name);
  return result;
}

export function remove(scope: RequestScope): Served {
  const { type, info } = scope.request;
  const { machinery } = scope.services;
  const options = parseDeleteOptions(scope.request);
  const terms = deletionTerms(scope.terms, options);
  warnOfOrphans(scope, options);
  const { answer: value } = deleteObject(machinery, terms, {
    type,
    namespace: info.namespace,
    name: info.name,
    options,
  });
  return scope.answer(value);
}

function warnOfOrphans({ request, terms }: RequestScope, options: DeleteOptions): void {
  const { orphanWarning } = request.type.strategy;
  const decided = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  if (orphanWarning !== undefined && !decided) terms.warnings.push(orphanWarning);
}

export function removeAll(scope: RequestScope): Served {
  const { type, info } = scope.request;
  const { machinery } = scope.services;
  const options = parseDeleteOptions(scope.request);
  const selection = listOptions(type, info.query, { verb: 'list' });
  const terms = deletionTerms(scope.terms, options);
  warnOfOrphans(scope, options);
  const page = listObjects(machinery, { type, namespace: info.namespace }, selection);
  const items = page.items.filter((object) => isSelected(selection, object));
  const requests = items.map(({ metadata }) => ({
    type,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    options,
    ofMany: true as const,
  }));
  // Nothing goes before all webhooks have answered: work that is begun anew would not find the first ones any more.
  if (machinery.session) askAboutAll(machinery, terms, requests);
  for (const request of requests) deleteObject(machinery, terms, request);
  return scope.answer(listBody(type, { items, metadata: page.metadata }));
}
