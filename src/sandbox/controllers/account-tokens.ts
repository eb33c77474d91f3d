/**
 * Fills Secrets of type `kubernetes.io/service-account-token`, and deletes those whose account is gone.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#token-controller
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { asText, at, childOf } from '../machinery/json.ts';
import { keyText } from '../machinery/store.ts';
import { type Context, keyOf, objectKey, parseKey } from '../runtime/context.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../runtime/resources.ts';

const TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

export interface AccountTokenOptions {
  /** PEM; empty when the server serves plain HTTP only. */
  readonly rootCa: string;
  /** A token of that account for the Secret of that name in the account's namespace. */
  readonly accountToken: (account: KubeObject, secret: string) => string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const annotation = (secret: KubeObject, name: string): string => asText(at(secret, 'metadata', 'annotations', name));
const isToken = (secret: KubeObject): boolean => secret['type'] === TYPE && annotation(secret, ACCOUNT_NAME) !== '';

export function startAccountTokens(context: Context, { rootCa, accountToken }: AccountTokenOptions): void {
  const queue = context.queue((key) => {
    const { namespace = '', name } = parseKey(key);
    const secret = context.get(SECRETS, { namespace, name });
    if (secret === undefined || secret.metadata.deletionTimestamp !== undefined || !isToken(secret)) return;
    const account = context.get(SERVICE_ACCOUNTS, { namespace, name: annotation(secret, ACCOUNT_NAME) });
    const uid = annotation(secret, ACCOUNT_UID);
    if (account === undefined || (uid !== '' && uid !== account.metadata.uid)) {
      context.cluster.remove(SECRETS, objectKey(secret));
      return;
    }
    fill(secret, account);
  });
  const fill = (secret: KubeObject, account: KubeObject): void => {
    const held = (key: string): string => asText(at(secret, 'data', key));
    const missing = new Map<string, string>();
    if (rootCa !== '' && held('ca.crt') !== base64(rootCa)) missing.set('ca.crt', base64(rootCa));
    if (held('namespace') === '') missing.set('namespace', base64(account.metadata.namespace ?? ''));
    if (held('token') === '') missing.set('token', base64(accountToken(account, secret.metadata.name)));
    if (missing.size === 0) return;
    context.modify(SECRETS, secret, (draft) => {
      Object.assign(childOf(draft, 'data'), Object.fromEntries(missing));
      Object.assign(childOf(childOf(draft, 'metadata'), 'annotations'), {
        [ACCOUNT_NAME]: account.metadata.name,
        [ACCOUNT_UID]: account.metadata.uid,
      });
      return draft;
    });
  };
  context.watch(SECRETS, ({ type, object }) => {
    if (type !== 'DELETED' && isToken(object)) queue.add(keyOf(object));
  });
  context.watch(SERVICE_ACCOUNTS, ({ object: { metadata } }) => {
    // Accounts change rarely: no index of their Secrets is kept.
    for (const secret of context.list(SECRETS, metadata.namespace))
      if (isToken(secret) && annotation(secret, ACCOUNT_NAME) === metadata.name)
        queue.add(keyText(metadata.namespace, secret.metadata.name));
  });
}
