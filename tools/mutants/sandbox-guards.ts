/** Where the embedded cluster refuses or takes away what a real one does, and the test of each. */
import type { Guard } from './guard.ts';

export const SANDBOX_GUARDS: readonly Guard[] = [
  {
    name: 'sandbox: only kubectl takes over what an annotation says it applied',
    file: 'src/sandbox/patch/last-applied.ts',
    guard: "if (manager !== KUBECTL || text === '') return undefined;",
    without: "if (text === '') return undefined;",
    test: 'src/sandbox/patch/last-applied.test.ts',
  },
  {
    name: 'sandbox: what was changed since kubectl applied it is not taken over',
    file: 'src/sandbox/patch/last-applied.ts',
    guard: 'return fieldsOf(atom, last).difference(modified).difference(added).difference(removed);',
    without: 'return fieldsOf(atom, last).difference(added).difference(removed);',
    test: 'src/sandbox/patch/last-applied.test.ts',
  },
  {
    name: 'sandbox: a binding is for the pod of its path',
    file: 'src/sandbox/subresources/pods.ts',
    guard:
      "if (asText(binding['name']) !== name) throw badRequest('name in URL does not match name in Binding object');",
    without: '',
    test: 'src/sandbox/subresources/binding.test.ts',
  },
  {
    name: 'sandbox: a binding is for the pod that its writer saw',
    file: 'src/sandbox/subresources/pods.ts',
    guard: 'checkPinned({ type, namespace, name }, binding, old);',
    without: '',
    test: 'src/sandbox/subresources/binding.test.ts',
  },
  {
    name: 'sandbox: a Service that is no load balancer keeps none of its addresses',
    file: 'src/sandbox/kinds/service-types.ts',
    guard: "if (!balanced(spec)) draft['status'] = { ...asObject(draft['status']), loadBalancer: {} };",
    without: '',
    test: 'src/sandbox/kinds/service.test.ts',
  },
  {
    name: 'sandbox: an APIService goes with the version that a definition served',
    file: 'src/sandbox/apiserver/api-services.ts',
    guard: "if (own && !served.has(asText(at(service, 'spec', 'version'))))",
    without: 'if (false && own)',
    test: 'src/sandbox/apiserver/api-services.test.ts',
  },
];
