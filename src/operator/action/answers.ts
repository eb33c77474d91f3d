/** Live reads and dry runs that a kind of action asks for, beside its target. */
import type { PlannedRequest } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { outcomeOf } from '../../core/action/classification.ts';
import { withMissingRule } from '../../core/authority/forbidden.ts';
import type { ActionKind, Answer, Need, Outcome } from '../../core/actions/action-kind.ts';
import { type Errand, type HeldBack, pathWithin, type Within } from '../../core/authority/path-check.ts';
import { addressOf } from '../../core/authority/request-path.ts';
import { errorOfAnswer, KubeError } from '../../kube/errors.ts';
import { queryText } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { assert } from '../../std/assert.ts';
import type { LiveReads } from '../roles.ts';
import { readAt } from './live-objects.ts';
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

/** The target's own path, for its subresources; and what probes may reach. Without an errand none is made. */
interface Asking {
  readonly path: string;
  readonly errand: Errand;
}

export async function answersTo(
  context: LiveReads,
  needs: Readonly<Record<string, Need>>,
  asking?: Asking,
): Promise<Readonly<Record<string, Answer>>> {
  const answered = await Promise.all(
    Object.entries(needs).map(async ([name, need]) => [name, await answerTo(context, need, asking)] as const),
  );
  return Object.fromEntries(answered);
}

async function answerTo(context: LiveReads, need: Need, asking: Asking | undefined): Promise<Answer> {
  const { client } = context;
  try {
    if ('subresource' in need) {
      const address = addressOf(`${asking?.path}/${need.subresource}`);
      assert(address !== undefined, 'a subresource is asked for below the path of its target');
      const found = await readAt(context, address);
      return found === undefined ? { found: 'no', reason: 'NotFound', message: 'it is not there' } : one(found);
    }
    if ('probe' in need) {
      assert(asking !== undefined, 'a probe is made for an action');
      return await probed(client, need.probe, asking.errand);
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
    const message = error.status === 403 ? withMissingRule(error.message) : error.message;
    return { found: 'no', reason: error.code, message };
  }
}

const one = (object: KubeObject): Answer => ({ found: 'yes', objects: [object] });

/** A dry run shows as much as the request itself would change: it is held to the same reach (I37). */
async function probed(client: LiveReads['client'], probe: PlannedRequest, errand: Errand): Promise<Answer> {
  const found = pathWithin(probe, errand);
  if (!('address' in found))
    return { found: 'no', reason: found.within === 'no' ? found.reason : 'OutOfReach', message: messageOf(found) };
  const { method, path, body, contentType = 'application/json' } = probe;
  const headers = { 'content-type': contentType };
  const what = `${method} ${path}`;
  const answer = await client.request({
    method,
    path: `${path}${queryText({ dryRun: 'All' })}`,
    headers,
    ...given({ body }),
  });
  if (answer.status >= 300)
    throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: answer.headers['retry-after'], what });
  const object = answer.value as KubeObject;
  const { name = object.metadata.name, namespace } = found.address;
  if (object.metadata.name === name && object.metadata.namespace === namespace) return one(object);
  throw new KubeError(`${what}: another object was answered`, { code: 'Malformed', delivered: 'yes' });
}

const messageOf = (found: Within | HeldBack): string =>
  found.within === 'no' ? found.message : 'endpoints take no dry run';
