/** From a client's certificate, once its signature is known to be good, to who that is. */
import { createHash } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { UserInfo } from '../machinery/identity.ts';

/**
 * The common name is the user, organizations are its groups; undefined without a common name.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates
 */
export function certificateUser({ subject, raw }: Pick<PeerCertificate, 'subject' | 'raw'>): UserInfo | undefined {
  const [name] = textsOf(subject.CN);
  if (name === undefined || name === '') return undefined;
  const fingerprint = createHash('sha256').update(raw).digest('hex');
  return {
    name,
    groups: textsOf(subject.O),
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  };
}

/** An attribute that a subject has more than once is a list, whatever node's types say. */
const textsOf = (attribute: string | readonly string[] | undefined): readonly string[] =>
  attribute === undefined ? [] : typeof attribute === 'string' ? [attribute] : attribute;
