import { describe, expect, it } from 'vitest';
import { KubeconfigError, type Parts } from './kubeconfig-files.ts';
import { preparedUser } from './kubeconfig-user.ts';

const CLUSTER = {
  server: 'https://kube.example',
  'tls-server-name': 'kube',
  'certificate-authority': '/a/file',
  'certificate-authority-data': 'Y2E=',
  extensions: [
    { name: 'other', extension: { a: 1 } },
    { name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } },
  ],
};
const V1 = 'client.authentication.k8s.io/v1';
const prepared = (user: Parts) => preparedUser(user, { name: 'ada', cluster: CLUSTER });
const infoOf = (user: Parts): unknown => {
  const { env } = user['exec'] as { readonly env: readonly { readonly name: string; readonly value: string }[] };
  return JSON.parse(env.find(({ name }) => name === 'KUBERNETES_EXEC_INFO')?.value ?? 'null');
};

describe('a user of a kubeconfig', () => {
  it('has a plugin that is told which version answers, and of the cluster only where it asks', () => {
    const exec = { apiVersion: V1, command: 'helper', env: [{ name: 'A', value: 'b' }] };
    expect(infoOf(prepared({ exec }).user)).toEqual({
      kind: 'ExecCredential',
      apiVersion: V1,
      spec: { interactive: false },
    });
    expect(infoOf(prepared({ exec: { ...exec, provideClusterInfo: true } }).user)).toEqual({
      kind: 'ExecCredential',
      apiVersion: V1,
      spec: {
        cluster: {
          server: 'https://kube.example',
          'tls-server-name': 'kube',
          'certificate-authority-data': 'Y2E=',
          config: { audience: 'x' },
        },
        interactive: false,
      },
    });
    expect(prepared({ exec }).user['exec']).toMatchObject({ env: [{ name: 'A', value: 'b' }, {}] });
  });

  it('has a file for its token, which the library is not given', () => {
    expect(prepared({ token: 'old', 'token-file': '/var/token' })).toEqual({
      user: { token: 'old' },
      tokenFile: '/var/token',
    });
  });

  it.each<[string, Parts, string]>([
    [
      'a provider that is gone',
      { 'auth-provider': { name: 'gcp' } },
      'use the credential plugin gke-gcloud-auth-plugin',
    ],
    ['another one', { 'auth-provider': { name: 'azure' } }, 'use the credential plugin kubelogin'],
    ['a plugin without command', { exec: { apiVersion: V1 } }, 'exec has no command'],
    [
      'a plugin of a version that is gone',
      { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } },
      'exec.apiVersion "client.authentication.k8s.io/v1alpha1" is none of',
    ],
    ['a plugin that asks people', { exec: { apiVersion: V1, command: 'x', interactiveMode: 'Always' } }, 'no terminal'],
  ])('with %s is refused', (_title, user, message) => {
    expect(() => prepared(user)).toThrow(KubeconfigError);
    expect(() => prepared(user)).toThrow(message);
    expect(() => prepared(user)).toThrow('user "ada" of the kubeconfig: ');
  });

  it('of a provider that there is stays as it is', () => {
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': 'x' } } };
    expect(prepared(user)).toEqual({ user });
  });
});
