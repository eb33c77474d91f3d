/** Files of a volume that hide one another. After k8s.io/kubernetes/pkg/api/pod/warnings.go. */
import { asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';

interface PathOf {
  readonly path: string;
  /** Empty: the volume has one source alone. */
  readonly source: string;
}

const shown = ({ path, source }: PathOf): string =>
  source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;

const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

/** Each with those before it. */
function collisions(paths: readonly PathOf[]): readonly string[] {
  return paths.flatMap((each, index) =>
    paths
      .slice(0, index)
      .filter((other) => within(each.path, other.path) || within(other.path, each.path))
      .map((other) => `${shown(each)} with ${shown(other)}`),
  );
}

const itemPaths = (holder: unknown, source: string): readonly PathOf[] =>
  objectsOf(at(holder, 'items')).map((item) => ({ path: asText(item['path']).replace(/\/+$/, ''), source }));

function sourcePaths(source: Draft): readonly PathOf[] {
  const token = source['serviceAccountToken'];
  if (isObject(source['configMap']))
    return itemPaths(source['configMap'], `ConfigMap ${JSON.stringify(asText(at(source, 'configMap', 'name')))}`);
  if (isObject(source['secret']))
    return itemPaths(source['secret'], `Secret ${JSON.stringify(asText(at(source, 'secret', 'name')))}`);
  if (isObject(source['downwardAPI'])) return itemPaths(source['downwardAPI'], 'DownwardAPI');
  return isObject(token) ? [{ path: asText(token['path']), source: 'ServiceAccountToken' }] : [];
}

export function overlapWarnings(volumes: readonly Draft[]): readonly string[] {
  return volumes.flatMap((volume) => {
    const name = JSON.stringify(asText(volume['name']));
    const told = (what: string, paths: readonly PathOf[]) =>
      collisions(paths).map((text) => `volume ${name} (${what}): overlapping paths: ${text}`);
    const titled = (kind: string, title: unknown) => `${kind} ${JSON.stringify(asText(title))}`;
    if (isObject(volume['configMap']))
      return told(titled('ConfigMap', at(volume, 'configMap', 'name')), itemPaths(volume['configMap'], ''));
    if (isObject(volume['secret']))
      return told(titled('Secret', at(volume, 'secret', 'secretName')), itemPaths(volume['secret'], ''));
    if (isObject(volume['downwardAPI'])) return told('DownwardAPI', itemPaths(volume['downwardAPI'], ''));
    if (!isObject(volume['projected'])) return [];
    const sources = objectsOf(at(volume, 'projected', 'sources'));
    const none = sources
      .filter((source) => Object.keys(source).length === 0)
      .map(() => `volume ${name} (Projected) has no sources provided`);
    return [...none, ...told('Projected', sources.flatMap(sourcePaths))];
  });
}
