/** What any Kubernetes API server must answer, as sequences of requests. */
import type { ContractCase } from './case.ts';
import { KIND_CASES } from './kind-cases.ts';
import { OBJECT_CASES } from './object-cases.ts';

export const CONTRACT: readonly ContractCase[] = [...OBJECT_CASES, ...KIND_CASES];
