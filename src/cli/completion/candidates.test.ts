import { beforeAll, describe, expect, it } from 'vitest';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { DEPLOYMENTS, NAMESPACES, POLICIES } from '../../../test/kit/resources.ts';
import { deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { kubeconfigText } from '../sandbox/sandbox.ts';

async function words(
  ...typed: readonly string[]
): Promise<{ readonly words: readonly string[]; readonly kind: string }> {
  const { code, out, err } = await called(['__complete', '--', ...typed]);
  expect([code, err]).toEqual([0, '']);
  const lines = out.trimEnd().split('\n');
  return { words: lines.slice(0, -1).map((line) => line.split('\t')[0] ?? ''), kind: lines.at(-1) ?? '' };
}

describe('the words that can come next', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['verbs', ['sta'], ['status']],
    ['verbs of a verb', ['report', ''], ['causes', 'replaceability', 'help']],
    ['what a verb takes', ['get', 'p'], ['policies']],
    ['flags', ['get', 'policies', '--kube'], ['--kubeconfig']],
    ['flags behind flags with a value', ['get', '-n', 'status', '--out'], ['--output']],
    ['values of a flag', ['get', 'policies', '-o', ''], ['table', 'wide', 'json', 'yaml', 'name']],
    ['values after =', ['get', 'policies', '--output=js'], ['--output=json']],
    ['values after = as bash takes them apart', ['get', 'policies', '--output', '=', 'js'], ['json']],
    ['nothing for a value that anything may be', ['get', '-n', ''], []],
    ['nothing for what is hidden', ['__'], []],
    ['nothing once all arguments are there', ['get', 'policies', 'a', ''], []],
  ])('are %s', async (_title, typed, expected) => {
    expect(await words(...typed)).toEqual({ words: expected, kind: ':words' });
  });

  it('are all verbs at the beginning, with what they do', async () => {
    const { out } = await called(['__complete', '--', '']);
    expect(out).toContain('status\tthe cluster at a glance');
    expect(out).not.toContain('__complete');
  });

  it.each([[['lint', '']], [['lint', 'a.yaml', '']], [['status', '--kubeconfig', '']], [['install', '--config=']]])(
    'are files for %j',
    async (typed) => {
      expect((await words(...typed)).kind).toBe(':files');
    },
  );
});

describe('names that the cluster knows', () => {
  const file = testFolder();
  let kubeconfig = '';
  beforeAll(async () => {
    const world = new TestCluster(1, 'off');
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    for (const name of ['web', 'worker', 'api']) world.cluster.create(DEPLOYMENTS, deployment(name));
    world.cluster.create(POLICIES, policy());
    kubeconfig = await served(world.sandbox, file);
  });

  it.each<[string, readonly string[], readonly string[], string]>([
    ['of a namespace', ['status', '-n', 'sh'], ['shop'], ':words'],
    ['of a namespace, behind =', ['status', '--namespace=sh'], ['--namespace=shop'], ':words'],
    ['of a policy', ['get', 'policies', '-n', 'default', ''], ['crash-loops'], ':words'],
    ['of a policy only where its namespace is named', ['get', 'policies', ''], [], ':words'],
    ['of no action, where there is none', ['approve', ''], [], ':words'],
    ['of kinds', ['history', 'd'], ['daemonset/', 'deployment/'], ':open'],
    ['of kinds, actions among them', ['explain', 'a'], ['action/'], ':open'],
    ['of an object', ['explain', 'deployment/w'], ['deployment/web', 'deployment/worker'], ':words'],
    ['of an object in another namespace', ['diagnose', '-n', 'shop', 'deployment/'], [], ':words'],
    ['of an object that is to be recorded', ['test', '--record', 'deploy/a'], ['deploy/api'], ':words'],
    ['of a kind that is none', ['explain', 'spaceship/'], [], ':words'],
    ['of a context', ['status', '--context', ''], ['sandbox'], ':words'],
  ])('are those %s', async (_title, typed, expected, kind) => {
    const [verb = '', ...rest] = typed;
    expect(await words(verb, '--kubeconfig', kubeconfig, ...rest)).toEqual({ words: expected, kind });
  });

  it.each(['away', 'none'])('are none where the kubeconfig is %s', async (name) => {
    const path = name === 'none' ? file(name) : file(name, kubeconfigText('http://127.0.0.1:1', new Map()));
    expect(await words('approve', '--kubeconfig', path, '')).toEqual({ words: [], kind: ':words' });
  });
});
