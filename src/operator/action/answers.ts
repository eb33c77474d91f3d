/** Live reads and dry runs that a kind of action asks for, beside its target. */
import type { HealingAction } from '../../api/parse-action.ts';
import { outcomeOf } from '../../core/action/classification.ts';
import type { ActionKind, Answer, Need, Outcome } from '../../core/actions/action-kind.ts';
import type { KubeClient } from '../../kube/client.ts';
import { errorOfAnswer, KubeError } from '../../kube/errors.ts';
import { queryText } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { LiveReads } from '../roles.ts';
import { given } from '../../std/given.ts';

/** What became of the attempts so far, by the live target and what else the kind has to see. */
export async function readOutcome(
  live: LiveReads,
  kind: ActionKind,
  { action, target }: { readonly action: HealingAction; readonly target: KubeObject | undefined },
): Promise<Outcome> {
  const attempt = { template: action.spec.action, requests: action.status.plan?.requests ?? [] };
  return outcomeOf(kind, action, { target, answers: await answersTo(live, kind.traces?.(attempt) ?? {}) });
}

/** `path`: of the target, for its subresources. */
export async function answersTo(
  context: LiveReads,
  needs: Readonly<Record<string, Need>>,
  path = '',
): Promise<Readonly<Record<string, Answer>>> {
  const answered = await Promise.all(
    Object.entries(needs).map(async ([name, need]) => [name, await answerTo(context, need, path)] as const),
  );
  return Object.fromEntries(answered);
}

async function answerTo(context: LiveReads, need: Need, path: string): Promise<Answer> {
  const { client } = context;
  try {
    if ('subresource' in need) return one(await ask(client, { method: 'GET', path: `${path}/${need.subresource}` }));
    if ('probe' in need) {
      const { method, path: at, body, contentType = 'application/json' } = need.probe;
      const query = queryText({ dryRun: 'All' });
      return one(
        await ask(client, {
          method,
          path: `${at}${query}`,
          headers: { 'content-type': contentType },
          ...given({ body }),
        }),
      );
    }
    const { apiVersion, kind } = 'list' in need ? need.list : need.get;
    const type = await context.resolve(apiVersion, kind);
    if (type === undefined)
      return { found: 'no', reason: 'UnknownKind', message: `the server does not serve kind ${kind} of ${apiVersion}` };
    if ('get' in need) return one(await client.get(type, need.get));
    const { list: _kind, ...where } = need;
    return { found: 'yes', objects: (await client.list(type, where)).items };
  } catch (error) {
    // A refusal is an answer; that nothing was answered is not.
    if (!(error instanceof KubeError) || error.status === undefined || error.status >= 500 || error.status === 429)
      throw error;
    return { found: 'no', reason: error.code, message: error.message };
  }
}

const one = (object: KubeObject): Answer => ({ found: 'yes', objects: [object] });

async function ask(client: LiveReads['client'], request: Parameters<KubeClient['request']>[0]): Promise<KubeObject> {
  const answer = await client.request(request);
  if (answer.status < 300) return answer.value as KubeObject;
  const what = `${request.method} ${request.path}`;
  throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: answer.headers['retry-after'], what });
}
