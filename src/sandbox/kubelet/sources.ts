/**
 * What a pod takes from ConfigMaps and Secrets, and the kubelet's words when one of them or a key of theirs is missing.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#restrictions
 */
import type { Context } from '../runtime/context.ts';
import { CONFIG_MAPS, SECRETS } from '../runtime/resources.ts';
import type { Container, Pod } from '../runtime/shapes.ts';
import type { FileSource, KeySource, ObjectSource, Volume } from '../runtime/source-shapes.ts';

type Kind = 'ConfigMap' | 'Secret';

export class Sources {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Why the container's environment cannot be made; the first thing that is missing. */
  environment({ env = [], envFrom = [] }: Container, namespace: string): string | undefined {
    for (const { configMapRef, secretRef } of envFrom) {
      const missing =
        this.#object('ConfigMap', configMapRef, namespace) ?? this.#object('Secret', secretRef, namespace);
      if (missing !== undefined) return missing;
    }
    for (const { value = '', valueFrom } of env) {
      if (value !== '') continue;
      const missing =
        this.#key('ConfigMap', valueFrom?.configMapKeyRef, namespace) ??
        this.#key('Secret', valueFrom?.secretKeyRef, namespace);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  /** Why the volume cannot be filled. Volumes of other kinds are not looked into. */
  volume({ configMap, secret, projected }: Volume, namespace: string): string | undefined {
    if (configMap !== undefined) return this.#files('ConfigMap', configMap, namespace);
    if (secret !== undefined) {
      const { secretName: name, ...rest } = secret;
      return this.#files('Secret', { ...rest, ...(name !== undefined && { name }) }, namespace);
    }
    const missing = [
      ...new Set(
        (projected?.sources ?? []).flatMap((source) => [
          this.#files('Secret', source.secret, namespace),
          this.#files('ConfigMap', source.configMap, namespace),
        ]),
      ),
    ].filter((each) => each !== undefined);
    return missing.length > 1 ? `[${missing.join(', ')}]` : missing[0];
  }

  /** Names of the pod's pull secrets that are not there: images may be public, so they are pulled all the same. */
  missingPullSecrets({ metadata: { namespace = '' }, spec: { imagePullSecrets = [] } }: Pod): readonly string[] {
    return imagePullSecrets
      .map(({ name = '' }) => name)
      .filter((name) => name !== '' && this.#keysOf('Secret', name, namespace) === undefined);
  }

  #object(kind: Kind, source: ObjectSource | undefined, namespace: string): string | undefined {
    if (source === undefined || source.optional === true) return undefined;
    const { name = '' } = source;
    return this.#keysOf(kind, name, namespace) === undefined ? notFound(kind, name) : undefined;
  }

  #key(kind: Kind, source: KeySource | undefined, namespace: string): string | undefined {
    if (source === undefined || source.optional === true) return undefined;
    const { name = '', key } = source;
    const keys = this.#keysOf(kind, name, namespace);
    if (keys === undefined) return notFound(kind, name);
    return keys.text.has(key) ? undefined : `couldn't find key ${key} in ${kind} ${namespace}/${name}`;
  }

  #files(kind: Kind, source: FileSource | undefined, namespace: string): string | undefined {
    if (source === undefined || source.optional === true) return undefined;
    const { name = '', items = [] } = source;
    const keys = this.#keysOf(kind, name, namespace);
    if (keys === undefined) return notFound(kind, name);
    const missing = items.find(({ key }) => !keys.all.has(key));
    if (missing === undefined) return undefined;
    return kind === 'ConfigMap'
      ? `configmap references non-existent config key: ${missing.key}`
      : `references non-existent secret key: ${missing.key}`;
  }

  /** `text`: those that can be in an environment. */
  #keysOf(kind: Kind, name: string, namespace: string) {
    if (kind === 'Secret') {
      const found = this.#context.get(SECRETS, { namespace, name });
      const keys = new Set(Object.keys(found?.data ?? {}));
      return found === undefined ? undefined : { text: keys, all: keys };
    }
    const found = this.#context.get(CONFIG_MAPS, { namespace, name });
    if (found === undefined) return undefined;
    const text = new Set(Object.keys(found.data ?? {}));
    return { text, all: new Set([...text, ...Object.keys(found.binaryData ?? {})]) };
  }
}

const notFound = (kind: Kind, name: string): string => `${kind.toLowerCase()} "${name}" not found`;
