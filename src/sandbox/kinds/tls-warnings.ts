/** Whether a certificate and a key belong together, in the words of Go's crypto/tls.X509KeyPair. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

const typesOf = (pem: string): readonly string[] =>
  [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)].map((match) => match[1] ?? '');

const isKey = (type: string): boolean => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');

function certificateProblem(pem: string): string | undefined {
  const types = typesOf(pem);
  if (types.includes('CERTIFICATE')) return undefined;
  if (types.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (types.length === 1 && isKey(types[0] ?? ''))
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function keyProblem(pem: string): string | undefined {
  const types = typesOf(pem);
  if (types.some(isKey)) return undefined;
  if (types.length === 0) return 'tls: failed to find any PEM data in key input';
  if (types.length === 1 && types[0] === 'CERTIFICATE')
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

export function keyPairProblem(certificate: string, key: string): string | undefined {
  const problem = certificateProblem(certificate) ?? keyProblem(key);
  if (problem !== undefined) return problem;
  let read: X509Certificate;
  try {
    read = new X509Certificate(certificate);
  } catch {
    return 'x509: malformed certificate';
  }
  try {
    return read.checkPrivateKey(createPrivateKey(key)) ? undefined : 'tls: private key does not match public key';
  } catch {
    return 'tls: failed to parse private key';
  }
}
