/** The kubectls of this machine: the one on the PATH, and Debian's old one where DEBIAN_KUBECTL names it. */
import { spawnSync } from 'node:child_process';

export interface Kubectl {
  readonly path: string;
  /** `v1.32.4` */
  readonly version: string;
}

export const kubectls = (): readonly Kubectl[] => [
  ...kubectlAt('kubectl'),
  ...kubectlAt(process.env['DEBIAN_KUBECTL']),
];

function kubectlAt(path: string | undefined): readonly Kubectl[] {
  if (path === undefined) return [];
  const { stdout, status } = spawnSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (status !== 0) return [];
  const { gitVersion } = (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion;
  return [{ path, version: gitVersion }];
}
