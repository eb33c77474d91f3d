/**
 * `kubeskippy check`: whether the cluster is ready for the operator, and the operator for its work. Changes nothing: it
 * sends reads, and questions about rights.
 */
import { configuredSources } from '../../adapters/metrics/configured-sources.ts';
import { admissionPolicies } from '../../api/admission/index.ts';
import { customResourceDefinitions } from '../../api/crd.ts';
import { COMPONENT } from '../../api/names.ts';
import { type OptIn, rbacObjects, type Tenancy } from '../../api/rbac.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { ADMISSION_BINDINGS, ADMISSION_POLICIES, CUSTOM_RESOURCE_DEFINITIONS } from '../../kube/well-known.ts';
import { formatDuration } from '../../std/duration.ts';
import { Prng } from '../../std/prng.ts';
import { wrapWords } from '../../std/wrap-words.ts';
import { actionSetup } from '../action-setup.ts';
import { type AnswerForm, answerIn, sentenceWidth, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { type ClusterClient, clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { loadConfig } from '../load-config.ts';
import { operatorSeen } from '../status/operator-seen.ts';
import { operatorAt } from '../status/glance.ts';
import { textTable } from '../text-table.ts';
import type { CheckFinding } from './finding.ts';
import { kindFinding } from './kinds.ts';
import { rightFindings, rightsOf } from './permissions.ts';

export interface CheckOptions extends ConnectOptions {
  /** Of the operator. */
  readonly namespace: string;
  readonly config?: string | undefined;
  readonly tenancy: Tenancy;
  readonly allow: readonly OptIn[];
  readonly who: 'operator' | 'me';
  readonly output: AnswerForm;
}

/** Rejects with exit status 1 when something is missing that healing needs. */
export async function check(options: CheckOptions, environment: CliEnvironment): Promise<void> {
  const { stdout, stderr } = environment;
  const settings = await loadConfig(options.config, {});
  const { registry } = await actionSetup(settings);
  const cluster = await clusterClient(options, environment);
  const seen = { ...cluster, signal: environment.signal };
  stderr.write('Asking the server, right by right; that takes a few seconds.\n');
  const { namespace, tenancy, allow, who } = options;
  const roles = rbacObjects({ namespace, tenancy, allow, actionRules: registry.rules }).filter(({ metadata }) =>
    [`${COMPONENT}-operator`, `${COMPONENT}-leader`].includes(metadata.name),
  );
  const asked = who === 'me' ? ({ kind: 'self' } as const) : ({ kind: 'account', namespace, name: COMPONENT } as const);
  const findings = [
    await versionFinding(seen),
    clockFinding(cluster, environment),
    ...(await kindFindings(seen)),
    ...(await admissionFindings(seen, { namespace, protectedNamespaces: settings.protectedNamespaces })),
    ...(await rightFindings(cluster.client, { rights: rightsOf(roles), who: asked }, environment.signal)),
    await usageFinding(seen),
    ...(await sourceFindings(settings.metricServers, environment)),
    await operatorFinding(seen, namespace),
  ];
  const width = widthOf(environment);
  stdout.write(answerIn(options.output, findings, () => findingsText(findings, width)));
  const failed = findings.filter(({ state }) => state === 'failed').length;
  if (failed > 0) throw new CliError(`${failed} of ${findings.length} checks failed`);
}

export function findingsText(findings: readonly CheckFinding[], width: number | undefined): string {
  const rows = findings.map(({ state, check: name, message }) => [state, name, message]);
  const checksOf = new Map<string, string[]>();
  for (const { check: name, todo } of findings)
    if (todo !== undefined) checksOf.set(todo, [...(checksOf.get(todo) ?? []), name]);
  // What helps against several is said once.
  const todos = [...checksOf].map(([todo, [first = '', ...others]]) =>
    others.length === 0 ? `${first}: ${todo}` : `${first} and ${others.length} more: ${todo}`,
  );
  const list = todos.map((todo) =>
    (width === undefined ? [todo] : wrapWords(todo, sentenceWidth(width) - 2))
      .map((row, index) => `${index === 0 ? '- ' : '  '}${row}\n`)
      .join(''),
  );
  return textTable(['STATE', 'CHECK', 'FOUND'], rows, width) + (todos.length === 0 ? '' : `\nto do\n${list.join('')}`);
}

interface Seen {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

/** CRDs with rules in CEL are on by default since 1.25, and admission policies since 1.30. */
const OLDEST_MINOR = 25;
const WITH_ADMISSION_MINOR = 30;

async function versionFinding({ client, signal }: Seen): Promise<CheckFinding> {
  const { value } = await client.request({ method: 'GET', path: '/version' }, { signal });
  const { gitVersion = 'unknown' } = value as { readonly gitVersion?: string };
  const minor = Number(/^v?1\.(\d+)/.exec(gitVersion)?.[1]);
  const name = 'server';
  if (Number.isNaN(minor))
    return { check: name, state: 'warning', message: `its version ${gitVersion} cannot be read` };
  if (minor < OLDEST_MINOR)
    return {
      check: name,
      state: 'failed',
      message: `Kubernetes ${gitVersion} does not know the rules of our kinds`,
      todo: `upgrade to 1.${OLDEST_MINOR} or newer`,
    };
  return minor < WITH_ADMISSION_MINOR
    ? {
        check: name,
        state: 'warning',
        message: `Kubernetes ${gitVersion} has no admission policies, so that nothing proves who approves`,
        todo: `upgrade to 1.${WITH_ADMISSION_MINOR}, or read approvals.unproven in docs/reference/configuration.md`,
      }
    : { check: name, state: 'ok', message: `Kubernetes ${gitVersion}` };
}

/** Less than that is the time that an answer takes. */
const CLOCKS_APART_MS = 2000;

/** The operator lives by the server's clock; a person who compares times does not. */
function clockFinding({ serverClock }: ClusterClient, { clock }: CliEnvironment): CheckFinding {
  const apart = Math.round((clock.now() - serverClock.now()) / 1000) * 1000;
  return Math.abs(apart) < CLOCKS_APART_MS
    ? { check: 'clock', state: 'ok', message: "this machine's clock is that of the server" }
    : {
        check: 'clock',
        state: 'warning',
        message: `this machine is ${formatDuration(Math.abs(apart))} ${apart > 0 ? 'ahead of' : 'behind'} the server`,
        todo: 'set one of the two by NTP; ages that are printed here are by the server',
      };
}

async function kindFindings({ client, signal }: Seen): Promise<readonly CheckFinding[]> {
  return Promise.all(
    customResourceDefinitions().map(async (ours): Promise<CheckFinding> => {
      const { name } = ours.metadata;
      try {
        return kindFinding(ours, await client.find(CUSTOM_RESOURCE_DEFINITIONS, { name }, { signal }));
      } catch (error) {
        return unreadable(`kind ${name}`, error);
      }
    }),
  );
}

async function admissionFindings(
  { client, signal }: Seen,
  options: { readonly namespace: string; readonly protectedNamespaces: readonly string[] },
): Promise<readonly CheckFinding[]> {
  const pairs = admissionPolicies({ ...options, templates: 'kept' });
  return Promise.all(
    pairs.map(async ({ policy, binding }): Promise<CheckFinding> => {
      const { name } = policy.metadata;
      const about = `admission ${name}`;
      try {
        const found = await Promise.all([
          client.find(ADMISSION_POLICIES, { name }, { signal }),
          client.find(ADMISSION_BINDINGS, { name: binding.metadata.name }, { signal }),
        ]);
        return found.includes(undefined)
          ? { check: about, state: 'failed', message: 'it is not there, or not bound', todo: 'run kubeskippy install' }
          : { check: about, state: 'ok', message: 'it is bound' };
      } catch (error) {
        return unreadable(about, error);
      }
    }),
  );
}

function unreadable(name: string, error: unknown): CheckFinding {
  if (!isKubeError(error)) throw error;
  return { check: name, state: 'warning', message: `it cannot be read: ${oneLine(error)}` };
}

async function usageFinding({ client, signal }: Seen): Promise<CheckFinding> {
  const name = 'usage of CPU and memory';
  const { status } = await client.request(
    { method: 'GET', path: '/apis/metrics.k8s.io/v1beta1/pods?limit=1' },
    { signal },
  );
  if (status === 200) return { check: name, state: 'ok', message: 'metrics.k8s.io answers' };
  return {
    check: name,
    state: 'warning',
    message: `metrics.k8s.io answers with ${status}: without a Prometheus, queries on usage are Unknown`,
    todo: status === 404 ? 'install metrics-server' : 'see whether metrics-server runs, and whether you may read it',
  };
}

async function sourceFindings(
  servers: Parameters<typeof configuredSources>[0],
  { clock, random, signal }: CliEnvironment,
): Promise<readonly CheckFinding[]> {
  const sources = configuredSources(servers, { clock, random: new Prng(Math.floor(random() * 2 ** 32)) });
  return Promise.all(
    [...sources].map(async ([name, source]): Promise<CheckFinding> => {
      const result = await source.query('vector(1)', clock.now(), signal);
      const about = `metric source ${name}`;
      return result.type === 'unknown'
        ? {
            check: about,
            state: 'failed',
            message: `${result.reason}: ${result.message}`,
            todo: 'see its entry in the configuration',
          }
        : { check: about, state: 'ok', message: 'it answers' };
    }),
  );
}

async function operatorFinding(
  { client, signal, ...cluster }: Seen & ClusterClient,
  namespace: string,
): Promise<CheckFinding> {
  const { state, message, paused } = operatorAt(
    await operatorSeen({ client, signal }, namespace),
    cluster.serverClock.now(),
  );
  if (paused !== undefined) return { check: 'operator', state: 'warning', message: paused, todo: 'kubeskippy resume' };
  return { check: 'operator', state: state === 'Leading' ? 'ok' : 'warning', message };
}
