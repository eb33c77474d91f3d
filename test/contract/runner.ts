/** Plays contract cases through any Transport. */
import type { KubeResponse, Transport } from '../../src/shapes/transport.ts';
import type { Clock } from '../../src/std/clock.ts';
import type { ContractCase, Need, Request, Step, Watching } from './case.ts';
import { differences, fill, textAt } from './expectation.ts';

export interface Target {
  readonly transport: Transport;
  /** That of the server: patience is measured in its time. */
  readonly clock: Clock;
  readonly has: ReadonlySet<Need>;
}
export interface Run extends Target {
  /** A word of its own for this run of this case: `[a-z0-9]`, at most 20 characters. */
  readonly id: string;
}

/** Longer than any back-off that a case runs into, and than a real cluster's pull of a small image. */
const PATIENCE_MS = 60_000;
const STEP_MS = 100;

type Variables = Map<string, string>;

export const lacking = ({ needs = [] }: ContractCase, { has }: Target): readonly Need[] =>
  needs.filter((need) => !has.has(need));

/** What differs from the contract; empty when nothing does. The case's namespace is made before and deleted after. */
export async function playCase(contract: ContractCase, run: Run): Promise<readonly string[]> {
  const variables: Variables = new Map([
    ['id', run.id],
    ['ns', `contract-${run.id}`],
  ]);
  const problems: string[] = [];
  await send(
    run,
    ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '{ns}' } }),
    variables,
  );
  // Pods need it; where no controller makes it, this does.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await send(run, ask('POST', '/api/v1/namespaces/{ns}/serviceaccounts', account), variables);
  try {
    for (const [index, step] of contract.steps.entries()) {
      const found = await playStep(run, step, variables);
      const what = 'watch' in step ? `WATCH ${step.watch}` : `${step.method} ${step.path}`;
      problems.push(...found.map((problem) => `step ${index} ${what}: ${problem}`));
    }
  } finally {
    for (const step of [...(contract.after ?? []), ask('DELETE', '/api/v1/namespaces/{ns}')])
      await send(run, step, variables);
  }
  return problems;
}

const ask = (method: Request['method'], path: string, body?: unknown): Request => ({
  method,
  path,
  status: 200,
  ...(body === undefined ? {} : { body }),
});

const playStep = (run: Run, step: Step, variables: Variables): Promise<readonly string[]> =>
  'watch' in step ? playWatch(run, step, variables) : playRequest(run, step, variables);

async function playRequest(run: Run, step: Request, variables: Variables): Promise<readonly string[]> {
  const end = run.clock.now() + PATIENCE_MS;
  for (;;) {
    const answer = await send(run, step, variables);
    const problems = requestDifferences(step, answer, variables);
    if (problems.length > 0 && step.eventually && run.clock.now() < end) {
      await run.clock.until(run.clock.now() + STEP_MS);
      continue;
    }
    const kept = Object.entries(step.keep ?? {});
    for (const [name, path] of kept) variables.set(name, textAt(answer.body, path));
    return problems;
  }
}

interface DecodedResponse {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

async function send(run: Run, step: Request, variables: Variables): Promise<DecodedResponse> {
  const answer = await open(run, step, variables);
  const warning = answer.headers['warning'] ?? '';
  // Code 299, no agent, a quoted text: https://kubernetes.io/docs/reference/using-api/api-concepts/#warnings
  const warnings = [...warning.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = '""']) =>
    quoted.slice(1, -1).replace(/\\(.)/g, '$1'),
  );
  return { status: answer.status, warnings, body: await bodyOf(answer) };
}

function open({ transport }: Run, step: Request, variables: Variables, signal?: AbortSignal): Promise<KubeResponse> {
  const { body, as } = step;
  return transport.send(
    {
      method: step.method,
      path: fill(step.path, variables),
      headers: {
        accept: 'application/json',
        'user-agent': 'contract/1.0',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(as === undefined ? {} : impersonation(fill(as, variables))),
        ...step.headers,
      },
      ...(body === undefined ? {} : { body: fill(typeof body === 'string' ? body : JSON.stringify(body), variables) }),
    },
    signal,
  );
}

/** A user, or `user/group`. */
function impersonation(as: string): Readonly<Record<string, string>> {
  const [user = '', group] = as.split('/');
  return { 'impersonate-user': user, ...(group === undefined ? {} : { 'impersonate-group': group }) };
}

async function bodyOf({ body }: KubeResponse): Promise<unknown> {
  if (body.form === 'object') return body.value;
  if (body.form === 'events') return undefined;
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body.chunks) text += decoder.decode(chunk, { stream: true });
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function requestDifferences(
  step: Request,
  { status, body, warnings }: DecodedResponse,
  variables: Variables,
): readonly string[] {
  if (status !== step.status) return [`status ${status}, not ${step.status}: ${JSON.stringify(body)?.slice(0, 600)}`];
  return [
    ...differences(body, step.expect ?? {}, variables),
    ...(step.warnings === undefined ? [] : differences({ warnings }, warningsExpected(step.warnings), variables)),
  ];
}
const warningsExpected = (wanted: readonly (string | RegExp)[]) => ({
  'warnings.length': wanted.length,
  ...Object.fromEntries(wanted.map((text, index) => [`warnings.${index}`, text])),
});

interface Event {
  readonly type: string;
  readonly object: unknown;
}

async function playWatch(run: Run, step: Watching, variables: Variables): Promise<readonly string[]> {
  const controller = new AbortController();
  const request = { ...ask('GET', step.watch), ...(step.headers === undefined ? {} : { headers: step.headers }) };
  const answer = await open(run, request, variables, controller.signal);
  if (answer.status !== 200) return [`status ${answer.status}: ${JSON.stringify(await bodyOf(answer))}`];
  const found: string[] = [];
  // Opened before, read while the requests run: the server is not made to wait.
  const reading = readEvents(answer, step, run, controller);
  for (const during of step.during) found.push(...(await playRequest(run, during, variables)));
  const { events, ended } = await reading;
  for (const [index, [type, expect]] of step.events.entries()) {
    const event = events[index];
    if (event === undefined) return [...found, `event ${index} (${type}) did not come`];
    if (event.type !== type)
      found.push(`event ${index} is ${event.type}, not ${type}: ${JSON.stringify(event.object).slice(0, 300)}`);
    else found.push(...differences(event.object, expect, variables).map((problem) => `event ${index}: ${problem}`));
  }
  if (step.closes && !ended) found.push('the server did not end the watch');
  return found;
}

/**
 * As many events as the step names, and, where the server must end the watch, whether it did; no longer than patience
 * lasts.
 */
async function readEvents(answer: KubeResponse, step: Watching, run: Run, controller: AbortController) {
  const events: Event[] = [];
  let ended = false;
  const done = new AbortController();
  const patience = run.clock.until(run.clock.now() + PATIENCE_MS, done.signal).then(
    () => controller.abort(new Error('the events did not come')),
    () => undefined,
  );
  try {
    for await (const event of eventsOf(answer)) {
      events.push(event);
      if (events.length >= step.events.length && !step.closes) break;
    }
    ended = true;
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
  done.abort();
  controller.abort();
  await patience;
  return { events, ended };
}

async function* eventsOf({ body }: KubeResponse): AsyncGenerator<Event> {
  if (body.form === 'object') return;
  if (body.form === 'events') {
    yield* body.events;
    return;
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body.chunks) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Event;
  }
}
