/** `kubeskippy explain`: why an object is healed or not, and what would come next. Sends reads only. */
import { metricsProvider } from '../../adapters/metrics/provider.ts';
import { configuredSources } from '../../adapters/metrics/configured-sources.ts';
import { DEFAULT_NAMESPACE, HEALING_ACTION } from '../../api/names.ts';
import { describeTarget } from '../../core/observation.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Discovery } from '../../kube/discovery.ts';
import { isKubeError } from '../../kube/errors.ts';
import { given } from '../../std/given.ts';
import { Prng } from '../../std/prng.ts';
import { actionSetup } from '../action-setup.ts';
import { type AnswerForm, answerIn, sentenceWidth, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import { kindAndName } from '../diagnose/diagnose.ts';
import type { CliEnvironment } from '../environment.ts';
import { loadConfig } from '../load-config.ts';
import { operatorRules } from '../operator-rules.ts';
import { explained, explainText } from './explain-text.ts';
import { decisionsOn, type Question } from './live-decisions.ts';

export interface ExplainOptions extends ConnectOptions {
  /** `deployment/web`, or `action/NAME`. */
  readonly object: string;
  readonly namespace: string;
  readonly output: AnswerForm;
  readonly config?: string | undefined;
  readonly plugin?: readonly string[] | undefined;
}

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function explain(options: ExplainOptions, environment: CliEnvironment): Promise<void> {
  const { clock, signal, stdout, stderr, random } = environment;
  const asked = questionOf(options);
  const settings = await loadConfig(options.config, {});
  const actions = await actionSetup(settings, options.plugin);
  const { client, transport } = await clusterClient(options, environment);
  const config = operatorRules(settings, settings.operatorNamespace ?? DEFAULT_NAMESPACE);
  const prng = new Prng(Math.floor(random() * 2 ** 32));
  const metrics = metricsProvider({
    intervalMs: config.evaluationIntervalMs,
    kubelets: settings.kubeletMetrics,
    allowed: settings,
    servers: configuredSources(settings.metricServers, { clock, random: prng }),
  });
  const dependencies = { clock, prng, secureRandom: random, transport, metrics, logger: QUIET, ...actions };
  stderr.write('Looking as the operator does; that takes a few seconds.\n');
  const { decisions, waitingFor } = await decisionsOn(dependencies, config, { asked, signal });
  if (waitingFor.length > 0)
    throw new CliError(
      `what the operator sees cannot be read with these credentials: waited for ${waitingFor.join(', ')}`,
    );
  const all = explained(decisions);
  if (all.length === 0) await mustExist(client, asked, signal);
  const what = `${asked.kind} ${asked.namespace === undefined ? '' : `${asked.namespace}/`}${asked.name}`;
  stdout.write(answerIn(options.output, all, () => explainText(what, all, sentenceWidth(widthOf(environment)))));
}

/** Of an object that is not there nothing was decided either, and that is another answer. */
async function mustExist(client: KubeClient, { kind, name, namespace }: Question, signal: AbortSignal): Promise<void> {
  try {
    const type = await new Discovery(client).resolveName(kind);
    const key = { name, ...(type?.namespaced === true && given({ namespace })) };
    if (type !== undefined && (await client.find(type, key, { signal })) !== undefined) return;
  } catch (error) {
    // It may be there: the answer is then as far as these rights reach.
    if (isKubeError(error, 'Forbidden')) return;
    if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
  throw new CliError(`${describeTarget({ kind, name, ...given({ namespace }) })} does not exist`);
}

function questionOf({ object, namespace }: ExplainOptions): Question {
  const [word = '', name = ''] = object.split('/');
  if (['action', 'ha', 'healingaction', 'healingactions'].includes(word.toLowerCase()))
    return { namespace, kind: HEALING_ACTION.kind, name };
  const found = kindAndName(object);
  return { ...found, namespace: found.kind === 'Node' ? undefined : namespace };
}
