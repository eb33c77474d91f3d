/** What another server says of its resources, in the aggregated form: k8s.io/apiserver pkg/endpoints/discovery. */
import { asList, asText, type Draft } from '../machinery/json.ts';
import type { RemoteVersion } from './aggregation.ts';

/** A version that cannot be asked is listed as stale, without resources: kubectl then goes on with the others. */
export function remoteEntry(group: string, { version, resources }: RemoteVersion): Draft {
  if (resources === undefined) return { version, freshness: 'Stale' };
  const kindOf = (resource: Draft): Draft => ({
    group: asText(resource['group']) || group,
    version: asText(resource['version']) || version,
    kind: resource['kind'],
  });
  const nameOf = (resource: Draft): readonly string[] => asText(resource['name']).split('/');
  const own = resources.filter((resource) => nameOf(resource).length === 1);
  return {
    version,
    resources: own.map((resource) => {
      const subresources = resources
        .filter((each) => nameOf(each).length === 2 && nameOf(each)[0] === resource['name'])
        .map((each) => ({ subresource: nameOf(each)[1], responseKind: kindOf(each), verbs: each['verbs'] }));
      return {
        resource: resource['name'],
        responseKind: kindOf(resource),
        scope: resource['namespaced'] === true ? 'Namespaced' : 'Cluster',
        singularResource: asText(resource['singularName']),
        verbs: resource['verbs'],
        ...(asList(resource['shortNames']).length > 0 ? { shortNames: resource['shortNames'] } : {}),
        ...(asList(resource['categories']).length > 0 ? { categories: resource['categories'] } : {}),
        ...(subresources.length > 0 ? { subresources } : {}),
      };
    }),
    freshness: 'Current',
  };
}
