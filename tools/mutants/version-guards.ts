/** Versions that a webhook converts, tokens and requests for certificates, and the test of each. */
import type { Guard } from './guard.ts';

const CONVERSION = 'src/sandbox/crd/webhook-conversion.test.ts';

export const VERSION_GUARDS: readonly Guard[] = [
  {
    name: 'conversion: the uid of an answer is that of the question',
    file: 'src/sandbox/crd/webhook-conversion.ts',
    guard: "if (this.#reviewVersion === 'v1' && told !== uid)",
    without: 'if (false)',
    test: CONVERSION,
  },
  {
    name: 'conversion: a webhook is asked before anything is written',
    file: 'src/sandbox/machinery/machinery.ts',
    guard: 'if (conversion) served(type, deepFreeze(next), session);',
    without: '',
    test: CONVERSION,
  },
  {
    name: 'certificates: no client becomes an administrator',
    file: 'src/sandbox/admission/certificate-subject.ts',
    guard: "if (read.organizations.includes('system:masters'))",
    without: 'if (false)',
    test: 'src/sandbox/admission/sizes-and-signers.test.ts',
  },
  {
    name: 'tokens: one is remembered for ten seconds alone',
    file: 'src/sandbox/access/token-memory.ts',
    guard: 'if (known !== undefined && now < known.until)',
    without: 'if (known !== undefined)',
    test: 'src/sandbox/access/token-validation.test.ts',
  },
];
