import { Option } from 'commander';
import { examples, integer, servicePlace, speed } from '../flags.ts';
import type { SandboxCommand } from '../sandbox/sandbox.ts';
import type { Verb } from './verb.ts';

const onOff = (flags: string, description: string): Option => new Option(flags, description).choices(['on', 'off']);

export const sandboxVerb: Verb = (program, environment) => {
  const command = program
    .command('sandbox')
    .description('run the embedded cluster alone, until SIGTERM')
    .option('--port <port>', 'port on 127.0.0.1; 0: any free one', integer(0, 65_535), 0)
    .option('--nodes <count>', 'how many nodes; 0: no scheduler and no kubelets either', integer(0, 10_000), 3)
    .option('--speed <factor>', 'how much faster than real time its clock runs', speed, 1)
    .addOption(onOff('--access <on|off>', 'authentication and RBAC').default('off'))
    .addOption(onOff('--controllers <on|off>', 'off: the API server alone').default('on'))
    .option('--token-auth-file <file>', "tokens and users in kube-apiserver's format")
    .option(
      '--tls-cert-file <file>',
      'PEM: serve https with this certificate; the kubeconfig trusts all of it (default with access on: its own)',
    )
    .option('--tls-private-key-file <file>', "PEM: the certificate's key")
    .option(
      '--client-ca-file <file>',
      'PEM: clients may show certificates that this authority signed (CN: user, O: groups)',
    )
    .option(
      '--service-at <namespace/name:port=host:port>',
      'where the pods of a Service really answer, for webhooks and other API servers; may be repeated',
      servicePlace,
    )
    .option('--kubeconfig-out <file>', 'where the kubeconfig is written (default: a new temporary folder)')
    .action(async (options: SandboxCommand) => {
      const { runSandbox } = await import('../sandbox/sandbox.ts');
      await runSandbox(options, environment);
    });
  examples(command, ['kubeskippy sandbox --nodes 2 --kubeconfig-out kubeconfig']);
};
