/** The webhooks there are, in the order in which they are asked: configurations by name, theirs as they stand. */
import type { KubeObject } from '../../shapes/kube.ts';
import { compilePolicy, type CompiledPolicy } from '../access/compiled-policy.ts';
import { asList, asNumber, asText, type Draft, objectsOf } from '../machinery/json.ts';
import type { ClientConfig } from '../machinery/session.ts';
import { clientConfigOf } from '../outside/outside.ts';
import type { HookKind } from './hook-validation.ts';

export interface Hook {
  readonly kind: HookKind;
  /** Of this hook among all, over the changes of its configuration. */
  readonly uid: string;
  readonly name: string;
  readonly client: ClientConfig;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly timeoutSeconds: number;
  /** The first of the versions it takes that the server speaks; undefined: there is none. */
  readonly reviewVersion: 'v1' | 'v1beta1' | undefined;
  readonly dryRun: 'supported' | 'not supported';
  readonly reinvocation: 'Never' | 'IfNeeded';
  readonly rules: readonly Draft[];
  readonly equivalent: boolean;
  readonly namespaceSelector: unknown;
  readonly objectSelector: unknown;
  /** Its match conditions, compiled; undefined where it has none. */
  readonly conditions: CompiledPolicy | undefined;
}

export class HookIndex {
  readonly #configurations = new Map<string, { readonly name: string; readonly hooks: readonly Hook[] }>();
  #mutating: readonly Hook[] = [];
  #validating: readonly Hook[] = [];

  get any(): boolean {
    return this.#configurations.size > 0;
  }

  get mutating(): readonly Hook[] {
    return this.#mutating;
  }

  get validating(): readonly Hook[] {
    return this.#validating;
  }

  set(kind: HookKind, configuration: KubeObject): void {
    const { name } = configuration.metadata;
    const hooks = hooksOf(kind, configuration);
    if (hooks.length === 0) this.#configurations.delete(`${kind}/${name}`);
    else this.#configurations.set(`${kind}/${name}`, { name, hooks });
    this.#sort();
  }

  remove(kind: HookKind, configuration: KubeObject): void {
    this.#configurations.delete(`${kind}/${configuration.metadata.name}`);
    this.#sort();
  }

  #sort(): void {
    const all = [...this.#configurations.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ hooks }) => hooks);
    this.#mutating = all.filter(({ kind }) => kind === 'mutating');
    this.#validating = all.filter(({ kind }) => kind === 'validating');
  }
}

function hooksOf(kind: HookKind, { metadata, webhooks }: KubeObject): readonly Hook[] {
  const seen = new Map<string, number>();
  return objectsOf(webhooks).map((hook) => {
    const name = asText(hook['name']);
    const repeated = seen.get(name) ?? 0;
    seen.set(name, repeated + 1);
    const versions = asList(hook['admissionReviewVersions']);
    const { failurePolicy, matchConditions } = hook;
    return {
      kind,
      uid: `${metadata.name}/${name}/${repeated}`,
      name,
      client: clientConfigOf(hook['clientConfig']),
      failurePolicy: failurePolicy === 'Ignore' ? 'Ignore' : 'Fail',
      timeoutSeconds: asNumber(hook['timeoutSeconds']) ?? 10,
      reviewVersion: versions.find((version) => version === 'v1' || version === 'v1beta1'),
      dryRun: ['None', 'NoneOnDryRun'].includes(asText(hook['sideEffects'])) ? 'supported' : 'not supported',
      reinvocation: hook['reinvocationPolicy'] === 'IfNeeded' ? 'IfNeeded' : 'Never',
      rules: objectsOf(hook['rules']),
      equivalent: hook['matchPolicy'] === 'Equivalent',
      namespaceSelector: hook['namespaceSelector'],
      objectSelector: hook['objectSelector'],
      conditions:
        asList(matchConditions).length === 0
          ? undefined
          : compilePolicy({ metadata: { name }, spec: { matchConditions, failurePolicy } }).policy,
    };
  });
}
