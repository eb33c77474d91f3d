/**
 * `kubeskippy plan`: what an action would send to the cluster of the kubeconfig, made by the operator's own planning.
 * Sends reads and dry runs only.
 */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { PlanResult } from '../../core/actions/action-kind.ts';
import { describeTarget } from '../../core/observation.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { API_VERSION, DEFAULT_NAMESPACE, GROUP, HEALING_ACTION, HEALING_POLICY, VERSION } from '../../api/names.ts';
import { type HealingAction, parseAction } from '../../api/parse-action.ts';
import { unknownFields, unknownFieldText } from '../../api/unknown-fields.ts';
import { parsePolicy } from '../../api/parse-policy.ts';
import { type Terms, termsOf } from '../../core/action/terms.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Discovery } from '../../kube/discovery.ts';
import { isKubeError } from '../../kube/errors.ts';
import { planAction, type PlanningContext } from '../../operator/action/planning.ts';
import { SharedSight } from '../../operator/action/shared-sight.ts';
import { actionSetup } from '../action-setup.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { loadConfig } from '../load-config.ts';
import { given } from '../../std/given.ts';
import { yamlValue } from '../../std/yaml-value.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { nothingAs, planAs } from './plan-text.ts';

export interface PlanOptions extends ConnectOptions {
  /** A manifest of a HealingAction; `-`: standard input. */
  readonly filename?: string | undefined;
  /** Of an action that exists. */
  readonly name?: string | undefined;
  readonly namespace: string;
  readonly output: 'text' | 'json' | 'yaml';
  readonly config?: string | undefined;
  readonly plugin?: readonly string[] | undefined;
}

const ACTIONS = { group: GROUP, version: VERSION, resource: HEALING_ACTION.plural, namespaced: true };
const POLICIES = { ...ACTIONS, resource: HEALING_POLICY.plural };

export async function plan(options: PlanOptions, environment: CliEnvironment): Promise<void> {
  const { clock, stdout } = environment;
  const settings = await loadConfig(options.config, {});
  const actions = await actionSetup(settings, options.plugin);
  const manifest = options.filename === undefined ? undefined : await manifestOf(options.filename);
  const { client, serverClock } = await clusterClient(options, environment);
  const discovery = new Discovery(client);
  const operatorNamespace = settings.operatorNamespace ?? DEFAULT_NAMESPACE;
  const context: PlanningContext = {
    client,
    ...actions,
    config: {
      namespace: operatorNamespace,
      protectedNamespaces: settings.protectedNamespaces,
      deniedKinds: settings.deniedKinds,
    },
    scope: {
      operatorNamespace,
      clusterPolicyNamespaces: settings.clusterPolicyNamespaces ?? [operatorNamespace],
    },
    resolve: (apiVersion, kind) => discovery.resolve(apiVersion, kind),
    shared: new SharedSight(client, clock),
  };
  try {
    const action = parsed(manifest ?? (await liveAction(client, options)), options);
    const rules = await rulesOf(client, action);
    const planning = await planAction(context, await withTargetUid(context, action), {
      now: serverClock.now(),
      ...rules,
    });
    if (planning.kind === 'gone') throw new CliError(planning.message);
    if (planning.kind === 'refused') throw new CliError(`${planning.reason}: ${planning.message}`);
    const { result, actionKind } = planning;
    if (result.kind === 'refused') throw new CliError(`${result.reason}: ${result.message}`);
    const form = { output: options.output, width: widthOf(environment) };
    stdout.write(result.kind === 'requests' ? planAs(form, result, actionKind) : nothingAs(form, sentence(result)));
  } catch (error) {
    if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
}

const sentence = (result: Extract<PlanResult, { readonly kind: 'wait' | 'complete' }>): string =>
  result.kind === 'wait' ? result.message : result.summary;

async function manifestOf(filename: string): Promise<KubeObject> {
  let text: string;
  try {
    text = await readFile(filename === '-' ? '/dev/stdin' : filename, 'utf8');
  } catch (error) {
    throw new CliError(`cannot read ${filename}: ${systemTrouble(error)}`, {
      exitCode: 2,
      cause: error,
    });
  }
  for (const document of parseAllDocuments(text)) {
    const read = yamlValue(document);
    if ('whyNot' in read) throw new CliError(`${filename} is not YAML: ${read.whyNot}`, { exitCode: 2 });
    const object = read.value as Partial<KubeObject> | null;
    if (object?.kind === HEALING_ACTION.kind && object.apiVersion === API_VERSION)
      return withKnownFields(object as KubeObject, filename);
  }
  throw new CliError(`${filename}: no ${HEALING_ACTION.kind} of ${API_VERSION} in it`, { exitCode: 2 });
}

/** kubectl would not create it: a plan of what is left of it would be one of another action. */
function withKnownFields(object: KubeObject, filename: string): KubeObject {
  const [unknown] = unknownFields(object);
  if (unknown === undefined) return object;
  throw new CliError(`${filename}: ${unknownFieldText(object.kind, unknown)}`, { exitCode: 2 });
}

async function liveAction(client: KubeClient, { name, namespace }: PlanOptions): Promise<KubeObject> {
  if (name === undefined) throw new CliError('name a HealingAction, or a file with -f', { exitCode: 2 });
  const found = await client.find(ACTIONS, { namespace, name });
  if (found === undefined) throw new CliError(`HealingAction ${namespace}/${name} does not exist`);
  return found;
}

function parsed(object: KubeObject, { namespace }: PlanOptions): HealingAction {
  const { action, problems } = parseAction({
    ...object,
    metadata: {
      ...object.metadata,
      namespace: object.metadata.namespace ?? namespace,
      uid: object.metadata.uid ?? 'not-created-yet',
    },
  });
  if (action !== undefined) return action;
  throw new CliError(problems.map(({ path, message }) => `${path} ${message}`).join('; '), { exitCode: 2 });
}

/** What the policy of the action says of others' fields and of successors that would not start. */
async function rulesOf(
  client: KubeClient,
  { spec: { policyRef } }: HealingAction,
): Promise<Pick<Terms, 'contention' | 'replacement'>> {
  const object =
    policyRef === undefined
      ? undefined
      : await client.find(POLICIES, { namespace: policyRef.namespace, name: policyRef.name });
  return termsOf(object === undefined ? undefined : parsePolicy(object).policy);
}

/** A manifest need not name the UID of its target: what has the name now is meant. */
async function withTargetUid(context: PlanningContext, action: HealingAction): Promise<HealingAction> {
  const { targetResource } = action.spec;
  if (targetResource.uid !== undefined) return action;
  const { apiVersion, kind, name, namespace } = targetResource;
  const type = await context.resolve(apiVersion, kind);
  if (type === undefined) throw new CliError(`the server does not serve kind ${kind} of ${apiVersion}`);
  const target = await context.client.find(type, { name, ...given({ namespace }) });
  if (target === undefined)
    throw new CliError(`${describeTarget({ kind, name, ...given({ namespace }) })} does not exist`);
  return { ...action, spec: { ...action.spec, targetResource: { ...targetResource, uid: target.metadata.uid ?? '' } } };
}
