/** The commands of the how-to pages, run as they stand on an embedded cluster. What asks a person is answered. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectls } from '../kit/kubectl.ts';
import { commandsOf, PageShell } from '../kit/page-shell.ts';

const ROOT = join(import.meta.dirname, '../..');
const [kubectl] = kubectls();
if (kubectl === undefined) console.warn('the tests of the how-to pages are skipped: there is no kubectl on the PATH');

const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const [WEB = '', POLICY = '', TEST = ''] = [...text('docs/tutorial.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, yaml]) => yaml,
);

const IMAGE = `registry.example/kubeskippy@sha256:${'a'.repeat(64)}`;
const INSTALL = `kubeskippy install --with-operator --image ${IMAGE} > /dev/null\n`;

const PAGES = ['gitops', 'many-teams', 'upgrade', 'pause', 'uninstall'].map((name) => ({
  name,
  script: commandsOf(text(`docs/how-to/${name}.md`))
    // There has to be something to take away each time.
    .map((block) => (name === 'uninstall' ? INSTALL + block : block))
    .join('\n')
    .replaceAll('REGISTRY/kubeskippy@sha256:DIGEST', IMAGE),
}));
const MARK = '### page ';

const SCRIPT = `set -euo pipefail
kubeskippy() {
  case "$1" in
    pause | resume | uninstall) node "$PWD/dist/kubeskippy.js" "$@" --yes ;;
    *) node "$PWD/dist/kubeskippy.js" "$@" ;;
  esac
}
export KUBECONFIG="$PWD/kubeconfig"
kubeskippy sandbox --kubeconfig-out "$KUBECONFIG" > sandbox.log 2>&1 &
# A sandbox that has ended writes none: then the script ends too.
until [ -s "$KUBECONFIG" ]; do kill -0 $!; sleep 0.2; done
kubectl apply -f policies/web.yaml > /dev/null
${PAGES.map(({ name, script }) => `echo "${MARK}${name}"\n${script}`).join('\n')}
echo "${MARK}end"
kubectl get crds,clusterroles,namespaces -o name
`;

describe.skipIf(kubectl === undefined)('the how-to pages', () => {
  const shell = new PageShell({
    'policies/web.yaml': WEB,
    'policies/policy.yaml': POLICY,
    'tests/web_test.yaml': TEST.replace(
      'files: [web.yaml, policy.yaml]',
      'files: [../policies/web.yaml, ../policies/policy.yaml]',
    ),
  });
  const outputs = new Map<string, string>();
  let status: number | null;

  beforeAll(async () => {
    const ran = await shell.run(SCRIPT, 170_000);
    status = ran.status;
    for (const part of ran.output.split(MARK).slice(1)) {
      const [name = '', ...lines] = part.split('\n');
      outputs.set(name, lines.join('\n'));
    }
  }, 200_000);
  afterAll(() => shell.end());

  it('have commands, or this test would run nothing', () => {
    for (const { name, script } of PAGES)
      expect([name, script]).toEqual([name, expect.stringContaining('kubeskippy ')]);
  });

  it('go through to the end', () => {
    expect([status, [...outputs.keys()]], [...outputs.values()].at(-1)).toEqual([
      0,
      [...PAGES.map(({ name }) => name), 'end'],
    ]);
  });

  it('test policies in a pipeline', () => {
    expect(outputs.get('gitops')).toContain('7 changes noticed, 0 not');
  });

  it('pause and go on', () => {
    expect(outputs.get('pause')).toContain('DNS is down, we look ourselves');
    expect(outputs.get('pause')).toContain('configmap "kubeskippy-pause" deleted');
  });

  it('leave nothing of the operator, with the program and without it', () => {
    expect(outputs.get('end')).not.toContain('kubeskippy');
    expect(outputs.get('end')).toContain('namespace/team-a');
  });
});
