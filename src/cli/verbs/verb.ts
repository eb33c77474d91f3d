/**
 * A verb of the command line: its flags and its help, nothing else. `verbs/lint.ts` holds those of `kubeskippy lint`,
 * and the folder `lint` beside this one the work. The action imports that folder when it runs, since every start of
 * the program, `--version` included, loads all files of this folder.
 */
import type { Command } from 'commander';
import type { CliEnvironment } from '../environment.ts';

/** Adds itself to the program. */
export type Verb = (program: Command, environment: CliEnvironment) => void;
