/** The guards that keep healing from doing harm, each asked for by a known disaster. */
import type { Guard } from './guard.ts';

export const RESTRAINT_GUARDS: readonly Guard[] = [
  {
    name: 'restraint: the trigger is asked again on live reads, right before the effect',
    file: 'src/operator/action/gate-scenes.ts',
    guard: "how === 'begins' ? await liveLook(",
    without: 'false ? await liveLook(',
    test: 'test/healing/recovered-meanwhile.test.ts',
  },
  {
    name: 'restraint: an action that waits for a person ends with its episode',
    file: 'src/core/action/step-action.ts',
    guard: '  if (recovered !== undefined)\n',
    without: "  if (recovered === 'never')\n",
    test: 'test/healing/recovered-meanwhile.test.ts',
  },
];
