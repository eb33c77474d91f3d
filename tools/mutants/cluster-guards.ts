/** The guards of what is handed out and of what a person is told, beside healing itself. */
import type { Guard } from './guard.ts';

export const CLUSTER_GUARDS: readonly Guard[] = [
  {
    name: 'bundle: a field with a telling name holds a secret, whatever it looks like',
    file: 'src/cli/without-secrets.ts',
    guard: "if (isSecretName(name)) return 'secret';",
    without: '',
    test: 'src/cli/without-secrets.test.ts',
  },
  {
    name: 'bundle: the path of an endpoint or a channel is left out',
    file: 'src/cli/without-secrets.ts',
    guard: "(around === 'called' && name === 'url')",
    without: 'false',
    test: 'src/cli/support-bundle/planted-secrets.test.ts',
  },
  {
    name: 'bundle: the values of a changed field are left out where its name is telling',
    file: 'src/cli/without-secrets.ts',
    guard: "changed && (key === 'oldValue' || key === 'newValue') ? 'secret' : ",
    without: '',
    test: 'src/cli/support-bundle/planted-secrets.test.ts',
  },
  {
    name: 'bundle: the copy that kubectl keeps of an object is left out',
    file: 'src/cli/without-secrets.ts',
    guard: '.filter(([key]) => !DROPPED.has(key))',
    without: '',
    test: 'src/cli/without-secrets.test.ts',
  },
  {
    name: 'configuration: what the process has opened stays until it begins anew',
    file: 'src/cli/run/config-file.ts',
    guard: 'config: compileSettings(settings), file: settings',
    without: 'config: read.config, file: settings',
    test: 'src/cli/run/config-file.test.ts',
  },
  {
    name: 'configuration: a file whose aliases lead nowhere does not end the operator that runs',
    file: 'src/std/yaml-value.ts',
    guard: 'if (!(error instanceof Error)) throw error;',
    without: 'if (error !== undefined) throw error;',
    test: 'src/cli/run/config-file.test.ts',
  },
  {
    name: 'configuration: the file is looked at again before an operator that waited begins',
    file: 'src/cli/run/config-file.ts',
    guard: 'let current = (await look(first)) ?? first;',
    without: 'let current = first;',
    test: 'src/cli/run/config-file.test.ts',
  },
  {
    name: 'configuration: a published key that would be less safe than it says is refused',
    file: 'src/api/published-config.ts',
    guard: "JSON.stringify(given) === JSON.stringify(value) ? 'as it is' :",
    without: "JSON.stringify(given) !== why ? 'as it is' :",
    test: 'src/api/published-config.test.ts',
  },
  {
    name: 'check: a right that the server denies is named',
    file: 'src/cli/check/permissions.ts',
    guard: "if (answer === 'denied' && right !== undefined)",
    without: "if (answer === 'denied' && right === undefined)",
    test: 'src/cli/check/check.test.ts',
  },
  {
    name: 'standby: nothing is done before it leads',
    file: 'src/operator/operator.ts',
    guard: "if ((await leading(outside, signal)) === 'stopped') {",
    without: 'if (signal.aborted) {',
    test: 'test/healing/standby.test.ts',
  },
];
