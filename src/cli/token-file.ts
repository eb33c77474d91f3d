/**
 * kube-apiserver's static token file: `token,user,uid,"group1,group2"`, a line each.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
import { CliError } from './cli-error.ts';

export interface TokenUser {
  readonly token: string;
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
}

export function parseTokenFile(text: string, file: string): readonly TokenUser[] {
  const users: TokenUser[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [token = '', username = '', uid = '', groups = ''] = columns(line);
    if (token === '' || username === '')
      throw new CliError(`${file}:${index + 1}: expected token,user,uid[,"group1,group2"]`, { exitCode: 2 });
    users.push({ token, username, uid, groups: groups.split(',').filter((group) => group !== '') });
  }
  return users;
}

/** Comma-separated, double quotes around values that hold commas, doubled quotes inside of them. */
function columns(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );
}
