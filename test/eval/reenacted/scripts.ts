/**
 * Faults that public suites inject, each re-enacted in words of our own on the embedded cluster. A pattern says which
 * names of their lists mean it; one script stands for all applications that a suite injects the fault into.
 */
import { SCHEDULING, STORAGE } from './placing.ts';
import { RUNTIME } from './running.ts';
import type { Script } from './script.ts';
import { SERVICE } from './serving.ts';
import { ADMISSION, STARTUP } from './starting.ts';

export const SCRIPTS: readonly Script[] = [...STARTUP, ...SCHEDULING, ...STORAGE, ...ADMISSION, ...RUNTIME, ...SERVICE];
