/** What is special about each builtin kind, by `resource` or `resource.group`. A kind without an entry is stored as it comes. */
import type { Strategy } from '../registry.ts';

export const STRATEGIES: Readonly<Record<string, Strategy>> = {};
