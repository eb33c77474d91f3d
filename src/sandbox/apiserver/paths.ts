/** Answers to paths that are no resource: discovery, OpenAPI, health, the version, and pages that parts register. */
import type { KubeResponse } from '../../shapes/transport.ts';
import { methodNotAllowed, routeNotFound } from '../machinery/errors.ts';
import type { Registry } from '../machinery/registry.ts';
import type { RequestInfo } from '../machinery/route.ts';
import { encodeOpenApiV2, OPENAPI_PROTOBUF, wantsOpenApiProtobuf } from '../schema/openapi-protobuf.ts';
import { openApiDocument, openApiIndex, openApiV2 } from '../schema/openapi.ts';
import type { RemoteGroup } from './aggregation.ts';
import { aggregated, coreVersions, groupDocument, groupList, resourceList, rootPaths, VERSION } from './discovery.ts';
import { healthAnswer } from './health.ts';
import { negotiate } from './negotiate.ts';
import { binary, failure, object, text } from './responses.ts';

export interface Page {
  readonly contentType: string;
  readonly text: string;
}

export interface PathServices {
  readonly registry: Registry;
  readonly pages: ReadonlyMap<string, () => Page>;
  /** Of service account tokens. */
  readonly issuer: string;
  /** Groups that other API servers answer for. */
  readonly remotes: readonly RemoteGroup[];
}

export function answerPath(
  { registry, pages, issuer, remotes }: PathServices,
  info: RequestInfo,
  headers: Readonly<Record<string, string>>,
): KubeResponse {
  const { path } = info;
  const health = healthAnswer(path, info.query);
  if (health) return health;
  if (path === '/' || path === '/index.html') return object({ paths: rootPaths(registry) });
  const page = pages.get(path)?.();
  if (page !== undefined) return text(200, page.text, page.contentType);
  if (path === '/version' || path === '/version/')
    return info.method === 'GET' ? object(VERSION) : failure(methodNotAllowed());
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'openapi') return openApi(registry, parts.slice(1), headers['accept']);
  if (parts[0] === 'api' || parts[0] === 'apis')
    return discovery({ registry, remotes }, info, { parts, accept: headers['accept'] });
  if (path === '/.well-known/openid-configuration') {
    return object({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  }
  return text(404, '404 page not found\n');
}

/** `/api`, `/apis` and what is below them, as far as it is no resource. */
function discovery(
  { registry, remotes }: Pick<PathServices, 'registry' | 'remotes'>,
  info: RequestInfo,
  { parts, accept }: { readonly parts: readonly string[]; readonly accept: string | undefined },
): KubeResponse {
  if (parts.length === 1) {
    // The list of groups is the aggregator's, which does not ask for the method.
    if (info.method !== 'GET' && parts[0] === 'api') return failure(methodNotAllowed());
    const accepted = negotiate(accept, 'discovery');
    if (accepted.as)
      return object(
        aggregated({ registry, remotes }, parts[0] === 'api' ? 'core' : 'named', accepted.version),
        accepted.contentType,
      );
    return object(parts[0] === 'api' ? coreVersions() : groupList(registry, remotes));
  }
  negotiate(accept, 'plain');
  if (parts[0] === 'api') {
    if (parts.length === 2 && parts[1] === 'v1')
      return info.method === 'GET' ? object(resourceList(registry, '', 'v1')) : failure(methodNotAllowed());
    return failure(routeNotFound());
  }
  const [, group = '', version] = parts;
  const remote = remotes.find((each) => each.group === group);
  if (!registry.hasGroup(group) && !remote) return text(404, '404 page not found\n');
  const custom = registry.inVersion(group, registry.versions(group)[0] ?? '').some((type) => type.custom);
  // These documents and those of custom versions do not ask for the method.
  const readable = info.method === 'GET' || custom;
  if (version === undefined) return object(groupDocument(registry, group, remote));
  if (registry.versions(group).includes(version))
    return readable ? object(resourceList(registry, group, version)) : failure(methodNotAllowed());
  return custom ? text(404, '404 page not found\n') : failure(routeNotFound());
}

function openApi(registry: Registry, [version, ...root]: readonly string[], accept: string | undefined): KubeResponse {
  if (version === 'v2' && root.length === 0) {
    const whole = openApiV2(registry);
    return wantsOpenApiProtobuf(accept) ? binary(encodeOpenApiV2(whole), OPENAPI_PROTOBUF) : object(whole);
  }
  // The real server lets Go guess what it sends, which takes JSON for text.
  if (version === 'v3' && root.length === 0) return text(200, JSON.stringify(openApiIndex(registry)));
  const document =
    version !== 'v3'
      ? undefined
      : root[0] === 'api' && root.length === 2
        ? openApiDocument(registry, '', root[1] ?? '')
        : root[0] === 'apis' && root.length === 3
          ? openApiDocument(registry, root[1] ?? '', root[2] ?? '')
          : undefined;
  return document ? object(document) : text(404, '404 page not found\n');
}
