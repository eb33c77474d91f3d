/**
 * Custom resources between the versions of their definition where a webhook converts them:
 * k8s.io/apiextensions-apiserver `pkg/apiserver/conversion`.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { rawServerError } from '../machinery/errors.ts';
import { fieldErrorText } from '../machinery/field-errors.ts';
import { asList, asText, at, deepFreeze, type Draft, equalJson, isObject, thaw } from '../machinery/json.ts';
import { annotationErrors, labelErrors } from '../machinery/metadata.ts';
import type { VersionConversion } from '../machinery/registry.ts';
import type { CallResult, ClientConfig, Question, Session } from '../machinery/session.ts';
import { answeredObject } from '../outside/answers.ts';
import { clientConfigOf } from '../outside/outside.ts';

/** What client-go allows a call of its own making, and tells the webhook in the URL. */
const TIMEOUT_SECONDS = 30;
const GROUP = 'apiextensions.k8s.io';

type Parsed<T> = { readonly value: T } | { readonly problem: string };

const kindText = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`;

export class WebhookConversion implements VersionConversion {
  readonly #prune: (draft: Draft, apiVersion: string) => void;
  readonly #client: ClientConfig;
  readonly #reviewVersion: string | undefined;
  /** By the object as it was asked about: what is converted once is shown again as it is. */
  readonly #known = new WeakMap<object, Map<string, KubeObject>>();

  /** `prune` removes what a version's schema does not know. */
  constructor(definition: KubeObject, prune: (draft: Draft, apiVersion: string) => void) {
    this.#prune = prune;
    const webhook = at(definition, 'spec', 'conversion', 'webhook');
    this.#client = clientConfigOf(at(webhook, 'clientConfig'));
    this.#reviewVersion = asList(at(webhook, 'conversionReviewVersions'))
      .map(asText)
      .find((version) => version === 'v1' || version === 'v1beta1');
  }

  converted(object: KubeObject, apiVersion: string, session: Session): KubeObject {
    const known = this.#known.get(object)?.get(apiVersion);
    if (known) return known;
    const [answer] = session.ask([this.#question(object, apiVersion)]);
    if (answer === undefined) throw new Error('a question was asked and not answered');
    const read = this.#read(answer, object, apiVersion);
    if ('problem' in read) throw rawServerError(read.problem);
    this.#remember(object, read.value);
    return read.value;
  }

  ask(objects: readonly KubeObject[], apiVersion: string, session: Session): void {
    const unknown = objects.filter(
      (object) => object.apiVersion !== apiVersion && this.#known.get(object)?.has(apiVersion) !== true,
    );
    if (unknown.length > 0) session.ask(unknown.map((object) => this.#question(object, apiVersion)));
  }

  carryOver(object: KubeObject, stored: KubeObject): void {
    for (const converted of this.#known.get(object)?.values() ?? [])
      this.#remember(
        stored,
        deepFreeze({
          ...converted,
          metadata: { ...converted.metadata, resourceVersion: stored.metadata.resourceVersion ?? '' },
        }),
      );
  }

  #remember(object: KubeObject, converted: KubeObject): void {
    const known = this.#known.get(object) ?? new Map<string, KubeObject>();
    this.#known.set(object, known.set(converted.apiVersion, converted));
  }

  #question(object: KubeObject, desiredAPIVersion: string): Question {
    const version = this.#reviewVersion ?? 'v1';
    return {
      client: this.#client,
      timeoutSeconds: TIMEOUT_SECONDS,
      key: `conversion ${desiredAPIVersion} ${JSON.stringify(object)}`,
      body: (uid) =>
        JSON.stringify({
          kind: 'ConversionReview',
          apiVersion: `${GROUP}/${version}`,
          request: { uid, desiredAPIVersion, objects: [object] },
          response: { uid: '', convertedObjects: null, result: { metadata: {} } },
        }),
    };
  }

  #read(answer: CallResult, object: KubeObject, apiVersion: string): Parsed<KubeObject> {
    const head = `conversion webhook for ${kindText(object)}`;
    if (this.#reviewVersion === undefined) return { problem: 'no supported conversion review versions' };
    const failed = (problem: string) => ({ problem: `${head} failed: ${problem}` });
    if ('problem' in answer) return failed(answer.problem);
    const answered = answeredObject(answer.response);
    if ('problem' in answered) return failed(answered.problem);
    const list = this.#objectsIn(answered.object, answer.uid);
    if ('problem' in list) return failed(list.problem);
    const [found, ...more] = list.value;
    if (found === undefined || more.length > 0)
      return { problem: `${head} returned ${list.value.length} objects, expected 1` };
    const bad = (problem: string) => ({ problem: `${head} returned invalid object${problem}` });
    if (!isObject(found)) return { problem: 'json: cannot unmarshal into an object' };
    const given = { apiVersion: asText(found['apiVersion']), kind: asText(found['kind']) };
    if (given.apiVersion !== apiVersion)
      return bad(` at index 0: invalid groupVersion (expected ${apiVersion}, received ${given.apiVersion})`);
    if (given.kind !== object.kind)
      return bad(` at index 0: invalid kind (expected ${object.kind}, received ${given.kind})`);
    const other = differentIdentity(object, found);
    if (other !== undefined) return bad(`: ${other}`);
    const metadata = restoredMetadata(object, found);
    if ('problem' in metadata) return { problem: `${head} returned invalid metadata: ${metadata.problem}` };
    const value: Draft = { ...found, metadata: metadata.value };
    this.#prune(value, apiVersion);
    return { value: deepFreeze(value as unknown as KubeObject) };
  }

  #objectsIn(review: Draft, uid: string): Parsed<readonly unknown[]> {
    const response = review['response'];
    if (this.#reviewVersion === 'v1') {
      const found = kindText({ apiVersion: asText(review['apiVersion']), kind: asText(review['kind']) });
      const wanted = kindText({ apiVersion: `${GROUP}/v1`, kind: 'ConversionReview' });
      if (found !== wanted) return { problem: `expected webhook response of ${wanted}, got ${found}` };
    }
    if (!isObject(response)) return { problem: 'no response provided' };
    const told = asText(response['uid']);
    if (this.#reviewVersion === 'v1' && told !== uid)
      return { problem: `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(told)}` };
    const status = asText(at(response, 'result', 'status'));
    if (status === 'Success') return { value: asList(response['convertedObjects']) };
    const message = asText(at(response, 'result', 'message'));
    return { problem: message === '' ? `response.result.status was '${status}', not 'Success'` : message };
  }
}

function differentIdentity(object: KubeObject, found: Draft): string | undefined {
  const fields = [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const;
  for (const [field, word] of fields) {
    const [before, now] = [asText(object.metadata[field]), asText(at(found, 'metadata', field))];
    if (before !== now) return `must have the same ${word}: ${before} != ${now}`;
  }
  return undefined;
}

/** A webhook may change labels and annotations alone; what else it answers of metadata is not looked at. */
function restoredMetadata(object: KubeObject, found: Draft): Parsed<Draft> {
  const answered = found['metadata'];
  if (answered === undefined) return { problem: 'missing metadata in converted object' };
  if (!isObject(answered)) return { problem: `invalid metadata of type ${goType(answered)} in converted object` };
  const metadata: Draft = { ...(thaw(object.metadata) as unknown as Draft) };
  for (const field of ['labels', 'annotations'] as const) {
    const value = answered[field] ?? undefined;
    if (value === undefined) {
      delete metadata[field];
      continue;
    }
    if (!isObject(value)) return { problem: `invalid metadata.${field} of type ${goType(value)} in converted object` };
    const stray = Object.entries(value).find(([, text]) => typeof text !== 'string');
    if (stray)
      return {
        problem: `metadata.${field}[${stray[0]}] must be a string, but is ${goType(stray[1])} in converted object`,
      };
    const errors = equalJson(value, metadata[field] ?? {})
      ? []
      : field === 'labels'
        ? labelErrors(value, 'metadata.labels')
        : annotationErrors(value, 'metadata.annotation');
    const texts = errors.map(fieldErrorText);
    if (texts.length > 0) return { problem: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]` };
    metadata[field] = value;
  }
  return { value: metadata };
}

/** Go's `%T` of decoded JSON. */
function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
