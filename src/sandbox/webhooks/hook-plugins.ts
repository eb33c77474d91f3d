/**
 * Admission by webhooks: MutatingAdmissionWebhook and ValidatingAdmissionWebhook of k8s.io/apiserver
 * (pkg/admission/plugin/webhook).
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { PolicyWorld } from '../access/policy-evaluation.ts';
import type { AdmissionRequest } from '../access/policy-matching.ts';
import { kindOf } from '../access/request-versions.ts';
import type { Cluster } from '../machinery/cluster.ts';
import { badRequest, internalError } from '../machinery/errors.ts';
import { asObject, asText, type Draft } from '../machinery/json.ts';
import { converted } from '../machinery/machinery.ts';
import type { AdmissionAttributes, AdmissionPlugin, AdmissionRound } from '../machinery/machinery.ts';
import type { Question, Session } from '../machinery/session.ts';
import { denial, reviewRequest, reviewText, type Ruling, rulingOf } from './admission-review.ts';
import type { Hook, HookIndex } from './hook-index.ts';
import { operationsOf, patchedCopy, takeOver } from './hook-patch.ts';
import { type Invocation, invocationOf } from './invocation.ts';
import { Reinvocation } from './reinvocation.ts';

/**
 * Nobody changes or judges the objects that say who does, so that a bad one can be taken back; nor the scheduler's own
 * bindings, which are made without a Binding here.
 */
export const isExempt = ({ type, subresource, operation }: AdmissionAttributes): boolean =>
  type.group === 'admissionregistration.k8s.io' || (subresource === 'binding' && operation === 'UPDATE');

export interface HookParts {
  readonly hooks: HookIndex;
  readonly world: () => PolicyWorld;
}

/** Belongs behind the plugins that change objects. */
export function mutatingHooks({ hooks, world }: HookParts): AdmissionPlugin {
  const states = new WeakMap<AdmissionAttributes, Reinvocation>();
  return {
    admit: (attributes, machinery, round) => {
      const { session } = machinery;
      if (hooks.mutating.length === 0 || session === undefined || isExempt(attributes)) return undefined;
      const state = states.get(attributes) ?? new Reinvocation();
      states.set(attributes, state);
      const changed = new Mutation({ attributes, session, world: world() }, state, round).run(hooks.mutating);
      state.leave(attributes.object);
      return changed ? 'again' : undefined;
    },
  };
}

/** Belongs behind the policies. */
export const validatingHooks = ({ hooks, world }: HookParts): AdmissionPlugin => ({
  validate: (attributes, machinery) => {
    const { session } = machinery;
    if (hooks.validating.length === 0 || session === undefined || isExempt(attributes)) return;
    validate(hooks.validating, { attributes, session, world: world() });
  },
});

const CONFIGURATIONS = [
  ['mutating', 'mutatingwebhookconfigurations'],
  ['validating', 'validatingwebhookconfigurations'],
] as const;

/** Follows the configurations in the store. Returns the function that ends it. */
export function followHooks(cluster: Cluster, hooks: HookIndex): () => void {
  const stops = CONFIGURATIONS.map(([kind, resource]) =>
    cluster.subscribe({ group: 'admissionregistration.k8s.io', version: 'v1', resource }, ({ type, object }) =>
      type === 'DELETED' ? hooks.remove(kind, object) : hooks.set(kind, object),
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

interface Asking {
  readonly attributes: AdmissionAttributes;
  readonly session: Session;
  readonly world: PolicyWorld;
}

/** As webhooks see it: a request about a namespace is made in it. */
function requestOf(
  { type, subresource, name, object, terms, ...rest }: AdmissionAttributes,
  session: Session,
): AdmissionRequest {
  const known = name === '' && rest.operation === 'CREATE' ? asText(asObject(object?.['metadata'])?.['name']) : name;
  const namespace = type.group === '' && type.resource === 'namespaces' ? known : rest.namespace;
  return {
    ...rest,
    type,
    subresource,
    name: known,
    namespace,
    ...(object === undefined ? {} : { object }),
    user: terms.user,
    dryRun: terms.dryRun,
    session,
  };
}

function questionOf(invocation: Invocation, request: AdmissionRequest): Question {
  const { hook } = invocation;
  const review = reviewRequest(invocation, request);
  return {
    client: hook.client,
    timeoutSeconds: hook.timeoutSeconds,
    key: `${hook.kind} ${hook.uid} ${JSON.stringify(review)}`,
    body: (uid) => reviewText(hook, review, uid),
  };
}

/** Throws 400 where the webhook may not be asked for a dry run. */
function checkDryRun({ dryRun, name }: Hook, request: AdmissionRequest): void {
  if (request.dryRun !== undefined && dryRun === 'not supported')
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
}

const NO_VERSION =
  'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)';

/** Undefined: the call failed, and its failure is to be ignored. Throws 500 where it is not, and the denial. */
function heard(hook: Hook, ruling: Ruling | { readonly problem: string }, warnings: string[]): Ruling | undefined {
  if ('problem' in ruling) {
    if (hook.failurePolicy === 'Ignore') return undefined;
    throw internalError(`failed calling webhook ${JSON.stringify(hook.name)}: ${ruling.problem}`);
  }
  warnings.push(...ruling.warnings);
  if (!ruling.allowed) throw denial(hook, ruling.status);
  return ruling;
}

function validate(hooks: readonly Hook[], { attributes, session, world }: Asking): void {
  const request = requestOf(attributes, session);
  const invocations = hooks.flatMap((hook) => invocationOf(hook, request, world) ?? []);
  if (invocations.length === 0) return;
  // All are asked at once, and heard in their order: the first that refuses is the one that is told.
  const askable = invocations.filter(
    ({ hook }) =>
      hook.reviewVersion !== undefined && !(request.dryRun !== undefined && hook.dryRun === 'not supported'),
  );
  const outcomes = session.ask(askable.map((invocation) => questionOf(invocation, request)));
  for (const { hook } of invocations) {
    checkDryRun(hook, request);
    const outcome = outcomes[askable.findIndex((asked) => asked.hook === hook)];
    heard(hook, outcome ? rulingOf(hook, outcome) : { problem: NO_VERSION }, attributes.terms.warnings);
  }
}

/** With the object in the form that its subresource has. */
export function shown(attributes: AdmissionAttributes): AdmissionAttributes {
  const { object, old, form } = attributes;
  if (!form || !object) return attributes;
  const show = (each: KubeObject | undefined) => (each === undefined ? {} : { old: form.show(each) });
  return { ...attributes, object: { ...form.show(object as unknown as KubeObject) }, ...show(old) };
}

/** One round of the mutating webhooks, one after the other. */
class Mutation {
  readonly #asking: Asking;
  readonly #state: Reinvocation;
  readonly #round: AdmissionRound;
  #changed = false;

  constructor(asking: Asking, state: Reinvocation, round: AdmissionRound) {
    this.#asking = asking;
    this.#state = state;
    this.#round = round;
    if (round === 'again') state.enter(asking.attributes.object);
  }

  /** True: a webhook changed the object. */
  run(hooks: readonly Hook[]): boolean {
    for (const hook of hooks) {
      const request = requestOf(shown(this.#asking.attributes), this.#asking.session);
      const invocation = invocationOf(hook, request, this.#asking.world);
      if (invocation === undefined) continue;
      if (this.#round === 'again' && !this.#state.isDue(hook.uid)) continue;
      if (this.#call(invocation, request)) {
        this.#changed = true;
        this.#state.recall();
      }
      if (hook.reinvocation === 'IfNeeded') this.#state.asked(hook.uid);
    }
    return this.#changed;
  }

  /** True: it changed the object. */
  #call(invocation: Invocation, request: AdmissionRequest): boolean {
    const { hook } = invocation;
    const { attributes, session } = this.#asking;
    checkDryRun(hook, request);
    const answer = () => {
      if (hook.reviewVersion === undefined) return { problem: NO_VERSION };
      const [outcome] = session.ask([questionOf(invocation, request)]);
      return outcome ? rulingOf(hook, outcome) : { problem: NO_VERSION };
    };
    const { warnings } = attributes.terms;
    const ruling = heard(hook, answer(), warnings);
    if (ruling === undefined || ruling.patch === '') return false;
    const read = operationsOf(ruling.patch);
    if ('problem' in read) {
      heard(hook, { problem: `received undecodable patch in webhook response: ${read.problem}` }, warnings);
      return false;
    }
    if (read.operations.length === 0) return false;
    if (attributes.object === undefined)
      throw internalError(
        `admission webhook ${JSON.stringify(hook.name)} attempted to modify the object, which is not supported for this operation`,
      );
    if (ruling.patchType !== 'JSONPatch') {
      heard(hook, { problem: `unsupported patch type ${JSON.stringify(ruling.patchType)}` }, warnings);
      return false;
    }
    return this.#patch(invocation, attributes.object, read.operations);
  }

  #patch({ type }: Invocation, object: Draft, operations: readonly Draft[]): boolean {
    const { type: own, subresource, form } = this.#asking.attributes;
    if (form) {
      const stored = object as unknown as KubeObject;
      const next = patchedCopy({ type: own, expected: kindOf(own, subresource) }, { ...form.show(stored) }, operations);
      return takeOver(object, form.apply(stored, next));
    }
    const { session } = this.#asking;
    const next = patchedCopy({ type }, converted(object, { from: own, to: type }, session), operations);
    return takeOver(object, type === own ? next : converted(next, { from: type, to: own }, session));
  }
}
