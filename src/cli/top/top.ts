/** `kubeskippy top`: what the operator costs, from its `/metrics`: through the API server, or at an address. */
import { readExposition } from '../../adapters/metrics/embedded/exposition.ts';
import { isKubeError } from '../../kube/errors.ts';
import { type AnswerForm, answerIn, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { costsOf, costsText, type Series } from './costs.ts';

export interface TopOptions extends ConnectOptions {
  /** Of the operator. */
  readonly namespace: string;
  /** Of `/metrics`. Omitted: the Service of the installation, through the API server. */
  readonly url?: string | undefined;
  /** 0: since the process began. */
  readonly over: number;
  readonly output: AnswerForm;
}

export async function top(options: TopOptions, environment: CliEnvironment): Promise<void> {
  const { clock, stdout, stderr, signal } = environment;
  const read =
    options.url === undefined ? await throughServer(options, environment) : () => atUrl(options.url ?? '', signal);
  const first = await read();
  let [now, before, seconds] = [first, undefined as readonly Series[] | undefined, clock.now() / 1000 - startOf(first)];
  if (options.over > 0) {
    stderr.write(`Measuring for ${options.over / 1000} s.\n`);
    const began = clock.monotonic();
    await clock.after(options.over, signal);
    [now, before, seconds] = [await read(), first, (clock.monotonic() - began) / 1000];
  }
  const costs = costsOf(now, before, seconds);
  if (costs === undefined) throw new CliError('the answer is not that of an operator: it has no kubeskippy_build_info');
  stdout.write(answerIn(options.output, costs, () => costsText(costs, widthOf(environment))));
}

const startOf = (series: readonly Series[]): number =>
  series.find(({ family }) => family === 'kubeskippy_process_start_time_seconds')?.value ?? 0;

type Read = () => Promise<readonly Series[]>;

async function throughServer({ namespace, ...options }: TopOptions, environment: CliEnvironment): Promise<Read> {
  const { client } = await clusterClient(options, environment);
  const { signal } = environment;
  // With two replicas the Service answers by either of them: one is chosen, and asked both times.
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/kubeskippy-metrics:metrics/proxy/metrics`;
  return async () => {
    try {
      const { status, value } = await client.request({ method: 'GET', path, headers: { accept: '*/*' } }, { signal });
      if (status === 200 && typeof value === 'string') return seriesOf(value);
      throw new CliError(
        `the API server reaches no /metrics in ${namespace} (${status}); name an address with --url, for example after kubectl -n ${namespace} port-forward deploy/kubeskippy 8080`,
      );
    } catch (error) {
      if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
      throw error;
    }
  };
}

/** A page of metrics of the largest operator is some hundred kilobytes. */
const TIMEOUT_MS = 10_000;

async function atUrl(url: string, signal: AbortSignal): Promise<readonly Series[]> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    if (!answer.ok) throw new CliError(`${url} answers with ${answer.status}`);
    return seriesOf(await answer.text());
  } catch (error) {
    if (error instanceof CliError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CliError(`${url} cannot be read: ${oneLine(cause)}`, { cause: error });
  }
}

function seriesOf(text: string): readonly Series[] {
  const read = readExposition(text, () => true);
  if (read === undefined) throw new CliError('the answer is not in the text format of Prometheus');
  return read.series;
}
