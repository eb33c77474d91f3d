/** Plays contract cases through any Transport. */
import type { KubeResponse, Transport } from '../../src/kube/shapes/transport.ts';
import type { Clock } from '../../src/std/clock.ts';
import type { ContractCase, Step } from './case.ts';

export interface Run {
  readonly transport: Transport;
  readonly clock: Clock;
  /** A word of its own for this run of this case: `[a-z0-9]`, at most 20 characters. */
  readonly id: string;
}

const PATIENCE_MS = 10_000;
const STEP_MS = 100;

/** What differs from the contract; empty when nothing does. The case's namespace is made before and deleted after. */
export async function playCase(contract: ContractCase, run: Run): Promise<readonly string[]> {
  const variables = new Map([
    ['id', run.id],
    ['ns', `contract-${run.id}`],
  ]);
  const problems: string[] = [];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '{ns}' } };
  await send(run, { method: 'POST', path: '/api/v1/namespaces', body: namespace, status: 201 }, variables);
  try {
    for (const [index, step] of contract.steps.entries()) {
      const found = await playStep(run, step, variables);
      problems.push(...found.map((problem) => `step ${index} ${step.method} ${step.path}: ${problem}`));
    }
  } finally {
    await send(run, { method: 'DELETE', path: '/api/v1/namespaces/{ns}', status: 200 }, variables);
  }
  return problems;
}

async function playStep(run: Run, step: Step, variables: Map<string, string>): Promise<readonly string[]> {
  const end = run.clock.now() + PATIENCE_MS;
  for (;;) {
    const { status, body } = await send(run, step, variables);
    const problems = differences(step, status, body, variables);
    if (problems.length > 0 && step.eventually && run.clock.now() < end) {
      await run.clock.until(run.clock.now() + STEP_MS);
      continue;
    }
    for (const [name, path] of Object.entries(step.keep ?? {})) variables.set(name, String(pick(body, path)));
    return problems;
  }
}

async function send(
  { transport }: Run,
  step: Step,
  variables: ReadonlyMap<string, string>,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const contentType = step.contentType ?? (step.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
  const answer = await transport.send({
    method: step.method,
    path: fill(step.path, variables),
    headers: {
      accept: 'application/json',
      'user-agent': 'contract/1.0',
      ...(step.body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(step.body === undefined ? {} : { body: fill(JSON.stringify(step.body), variables) }),
  });
  return { status: answer.status, body: await bodyOf(answer) };
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

const fill = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(/\{([a-z]+)\}/g, (whole, name: string) => variables.get(name) ?? whole);

function differences(step: Step, status: number, body: unknown, variables: ReadonlyMap<string, string>): readonly string[] {
  if (status !== step.status) return [`status ${status}, not ${step.status}: ${JSON.stringify(body)?.slice(0, 300)}`];
  return Object.entries(step.expect ?? {}).flatMap(([path, wanted]) => {
    const expected = typeof wanted === 'string' ? fill(wanted, variables) : wanted;
    const actual = pick(body, path);
    return actual === expected ? [] : [`${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
  });
}

function pick(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (current, part) => (current === null || current === undefined ? undefined : (current as Record<string, unknown>)[part]),
      value,
    );
}
