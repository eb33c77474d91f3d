// The manifest of krew for a release: node tools/krew.mjs VERSION ARCHIVE
// https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';

const [version, archive] = process.argv.slice(2);
if (version === undefined || archive === undefined) {
  console.error('usage: node tools/krew.mjs VERSION ARCHIVE');
  process.exit(2);
}
const { description } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
const repository = process.env.GITHUB_REPOSITORY ?? 'kubeskippy/kubeskippy';
const platform = {
  uri: `https://github.com/${repository}/releases/download/${version}/${basename(archive)}`,
  sha256: createHash('sha256').update(readFileSync(archive)).digest('hex'),
  bin: 'kubeskippy.js',
};
process.stdout.write(
  stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'skippy' },
    spec: {
      version,
      homepage: `https://github.com/${repository}`,
      shortDescription: 'See, explain and approve what KubeSkippy heals',
      description,
      caveats: 'Needs Node 20.20 or newer on the path. kubectl skippy help lists the verbs.',
      platforms: ['linux', 'darwin'].map((os) => ({ selector: { matchLabels: { os } }, ...platform })),
    },
  }),
);
