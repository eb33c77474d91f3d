import { saysInLog } from '../runtime/log.ts';

export const nameResolutionFails = saysInLog({
  family: 'service',
  pattern:
    /(?:lookup ([a-z0-9.-]+)(?: on [^ ]+)?: (?:no such host|server misbehaving|i\/o timeout)|UnknownHostException: ?"?([A-Za-z0-9.-]*)|(?:Temporary failure in name resolution|Name or service not known|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)(?: ([a-z0-9.-]+))?|[Cc]ould not resolve host:? ?([a-z0-9.-]*)|name resolver error|DNS resolution failed))/,
  means: 'The program cannot resolve the name of a server.',
  todo: 'Look whether the name is right and a Service has it, and whether the DNS of the cluster answers.',
  when: 'Lines of the log say so, of a pod that is unwell, or at least three lines.',
  cures: { fits: [], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: [] },
  text: (name, groups) => `${name} cannot resolve ${groups.find((group) => group !== '') ?? 'the name of a server'}.`,
  specificity: 'place',
});
