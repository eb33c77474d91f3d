/** Keys and certificates for tests over TLS, made by openssl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0;

export interface Certificates {
  /** Of a file of the folder: `server.crt`, `server.key`. */
  readonly path: (name: string) => string;
  readonly selfSigned: (name: string, ...more: string[]) => void;
  /** A client's certificate, signed by `authority`. */
  readonly client: (name: string, subject: string, authority: string) => void;
}

export function certificatesIn(folder: string): Certificates {
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = (name: string): string[] => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    return [...curve, '-nodes', '-keyout', path(`${name}.key`)];
  };
  return {
    path,
    selfSigned: (name, ...more) =>
      openssl('req', '-x509', '-days', '2', ...newKey(name), '-out', path(`${name}.crt`), ...more),
    client: (name, subject, authority) => {
      openssl('req', '-new', ...newKey(name), '-subj', subject, '-out', path(`${name}.csr`));
      const signer = ['-CA', path(`${authority}.crt`), '-CAkey', path(`${authority}.key`), '-CAcreateserial'];
      openssl('x509', '-req', '-days', '2', '-in', path(`${name}.csr`), ...signer, '-out', path(`${name}.crt`));
    },
  };
}
