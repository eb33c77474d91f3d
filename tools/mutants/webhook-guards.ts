/** Where the embedded cluster asks servers outside, or must not, and the test of each. */
import type { Guard } from './guard.ts';

const TEST = 'src/sandbox/webhooks/hook-plugins.test.ts';

export const WEBHOOK_GUARDS: readonly Guard[] = [
  {
    name: 'webhooks: the uid of an answer is that of the question',
    file: 'src/sandbox/webhooks/admission-review.ts',
    guard: 'if (uid !== asked.uid) return',
    without: 'if (false) return',
    test: TEST,
  },
  {
    name: 'webhooks: a failed call stops the request',
    file: 'src/sandbox/webhooks/hook-plugins.ts',
    guard: "if (hook.failurePolicy === 'Ignore') return undefined;",
    without: 'return undefined;',
    test: TEST,
  },
  {
    name: 'webhooks: one with side effects is not asked for a dry run',
    file: 'src/sandbox/webhooks/hook-plugins.ts',
    guard: "if (request.dryRun !== undefined && dryRun === 'not supported')",
    without: 'if (false)',
    test: 'src/sandbox/webhooks/side-effects.test.ts',
  },
  {
    name: 'webhooks: none is asked about webhooks',
    file: 'src/sandbox/webhooks/hook-plugins.ts',
    guard: "type.group === 'admissionregistration.k8s.io' ||",
    without: '',
    test: 'src/sandbox/webhooks/invocation.test.ts',
  },
  {
    name: 'webhooks: a patch does not change what goes',
    file: 'src/sandbox/webhooks/hook-plugins.ts',
    guard: 'if (attributes.object === undefined)',
    without: 'if (attributes.object === undefined) return false;\n    if (attributes.object === undefined)',
    test: 'src/sandbox/webhooks/hook-patch.test.ts',
  },
  {
    name: 'webhooks: nothing of a collection goes before all have answered',
    file: 'src/sandbox/apiserver/object-requests.ts',
    guard: 'if (machinery.session) askAboutAll(machinery, terms, requests);',
    without: '',
    test: TEST,
  },
  {
    name: 'webhooks: work that is begun anew draws the same names',
    file: 'src/sandbox/outside/attempts.ts',
    guard: 'return { ...machinery, session, prng: new Prng(seed), clock: standing };',
    without: 'return { ...machinery, session, clock: standing };',
    test: 'src/sandbox/webhooks/admission-review.test.ts',
  },
  {
    name: 'webhooks: a key of a work queue is worked on again after the answer',
    file: 'src/sandbox/runtime/loop.ts',
    guard: 'void cause.ready.then(() => this.add(key));',
    without: '',
    test: 'src/sandbox/webhooks/cluster-parts.test.ts',
  },
  {
    name: 'webhooks: a call ends with its time-out',
    file: 'src/sandbox/outside/outside.ts',
    guard: "over.abort(new Error('context deadline exceeded'));",
    without: '',
    test: TEST,
  },
  {
    name: 'webhooks: servers on other machines are not called',
    file: 'src/sandbox/outside/calls-over-tls.ts',
    guard: 'if (!isHere(host))',
    without: 'if (false)',
    test: 'test/e2e/sandbox-webhooks.test.ts',
  },
  {
    name: 'aggregation: what a client says of who it is is not passed on',
    file: 'src/sandbox/apiserver/aggregation.ts',
    guard: "'authorization', 'host',",
    without: "'host',",
    test: 'src/sandbox/apiserver/aggregation.test.ts',
  },
  {
    name: 'aggregation: nothing is sent on to a server that is not available',
    file: 'src/sandbox/apiserver/aggregation.ts',
    guard: "if (!available || info.verb === 'watch') return serviceUnavailable();",
    without: '',
    test: 'src/sandbox/apiserver/aggregation.test.ts',
  },
];
