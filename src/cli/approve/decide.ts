/**
 * `kubeskippy approve` and `kubeskippy reject`: shows what an action would do, asks, and makes the HealingApproval that
 * a person could also write by hand.
 */
import type { ApprovalSpec } from '../../api/healing-approval.ts';
import { GROUP, HEALING_ACTION, HEALING_APPROVAL, VERSION } from '../../api/names.ts';
import { actionRegistry } from '../../core/actions/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { given } from '../../std/given.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
import { planAs, planValue } from '../plan/plan-text.ts';
import { approvalObject, type Question, questionOf, shownPlan, type Word } from './decision.ts';

export interface DecideOptions extends ConnectOptions {
  readonly name: string;
  readonly namespace: string;
  readonly decision: ApprovalSpec['decision'];
  readonly reason?: string | undefined;
  /** The server judges the approval and keeps nothing. */
  readonly dryRun?: boolean | undefined;
  /** Nobody is asked. */
  readonly yes?: boolean | undefined;
  readonly output: 'text' | 'json';
}

type Asking = Pick<CliEnvironment, 'stdout' | 'stderr' | 'ask' | 'signal'>;

const kind = (plural: string) => ({ group: GROUP, version: VERSION, resource: plural, namespaced: true });
const ACTIONS = kind(HEALING_ACTION.plural);
const APPROVALS = kind(HEALING_APPROVAL.plural);
const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

export async function decide(options: DecideOptions, environment: CliEnvironment): Promise<void> {
  if (!canDecide(options, environment))
    throw new CliError('nobody sits at this terminal to be asked; read the plan with --dry-run, then add -y', {
      exitCode: 2,
    });
  const { client } = await clusterClient(options, environment);
  await decideWith(client, options, environment);
}

const canDecide = ({ yes, dryRun }: DecideOptions, { ask }: Asking): boolean =>
  yes === true || dryRun === true || ask !== undefined;

export async function decideWith(client: KubeClient, options: DecideOptions, environment: Asking): Promise<void> {
  const { decision, reason, namespace, name, output } = options;
  const { stdout, stderr, signal } = environment;
  try {
    const object = await client.find(ACTIONS, { namespace, name }, { signal });
    if (object === undefined) throw new CliError(`${HEALING_ACTION.kind} ${namespace}/${name} does not exist`);
    const question = questionOf(object, decision);
    const word = { decision, approvedBy: await callerOf(client, signal), ...given({ reason }) };
    // What programs read is one document.
    const shown = output === 'text' ? stdout : stderr;
    if (output === 'text' || asks(options)) shown.write(questionText(question, word, widthOf(environment)));
    if (asks(options)) await agreed(word, environment);
    const made = await client.create(APPROVALS, approvalObject(question, word), {
      signal,
      dryRun: options.dryRun === true ? 'All' : undefined,
    });
    stdout.write(answer(question, word, { ...options, made: made.metadata.name }));
  } catch (error) {
    if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
}

const asks = ({ yes, dryRun }: DecideOptions): boolean => yes !== true && dryRun !== true;

/** As whom the server knows the caller, which the admission policy compares. */
export async function callerOf(client: Pick<KubeClient, 'request'>, signal: AbortSignal): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status, value } = await client.request(
    { method: 'POST', path: REVIEWS, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    { signal },
  );
  const { username } =
    (value as { readonly status?: { readonly userInfo?: { readonly username?: string } } }).status?.userInfo ?? {};
  if (username !== undefined && username !== '') return username;
  throw new CliError(`the server does not say who you are (${status}); do it by hand: docs/how-to/approve.md`);
}

const proving = ({ action }: Question) => {
  const found = actionRegistry().find(action.spec.action);
  return 'whyNot' in found ? undefined : found.value;
};

function questionText(question: Question, { decision, approvedBy, reason }: Word, width: number | undefined): string {
  const { action, plan } = question;
  const lines = [
    '',
    `${decision} ${HEALING_ACTION.kind} ${action.namespace}/${action.name}, signed by ${approvedBy}`,
    ...(reason === undefined ? [] : [`Reason: ${reason}`]),
  ];
  return planAs({ output: 'text', width }, shownPlan(plan), proving(question)) + hangingText(lines, { width });
}

async function agreed({ decision }: Word, { ask }: Asking): Promise<void> {
  const answered = await ask?.(`${decision} it? Type yes: `);
  if (answered?.trim() !== 'yes') throw new CliError('nothing was decided: the answer was not yes');
}

interface Made {
  readonly made: string;
  readonly dryRun?: boolean | undefined;
  readonly output: DecideOptions['output'];
}

function answer(question: Question, word: Word, { made, dryRun = false, output }: Made): string {
  const { action, plan, specHash, planHash } = question;
  if (output === 'json') {
    const { namespace, name } = action;
    const shown = planValue(shownPlan(plan), proving(question));
    return `${JSON.stringify({ namespace, action: name, ...word, specHash, planHash, plan: shown, approval: made, dryRun }, undefined, 2)}\n`;
  }
  const what = `${HEALING_APPROVAL.kind} ${action.namespace}/${made}`;
  return dryRun
    ? 'The server would take it. Nothing was kept.\n'
    : `${what} was made. Whether it counts, and what came of it: kubectl get ha -n ${action.namespace} ${action.name}\n`;
}
