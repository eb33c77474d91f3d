/**
 * The rows of the matrix: every action type on every kind that it supports. Each group is a test file of its name, so
 * that they spread over the processors.
 */
import type { Row } from './row.ts';
import { deleteRows } from './rows/delete.ts';
import { nodeRows } from './rows/nodes.ts';
import { outsideRows } from './rows/outside.ts';
import { patchRows } from './rows/patch.ts';
import { resizeRows } from './rows/resize.ts';
import { gracefulRestarts, recreatingRestarts, rollingRestarts } from './rows/restart.ts';
import { rollbackRows } from './rows/rollback.ts';
import { scaleRows } from './rows/scale.ts';

export const groups = {
  'restart-rolling': rollingRestarts,
  'restart-recreate': recreatingRestarts,
  'restart-graceful': gracefulRestarts,
  scale: scaleRows,
  patch: patchRows,
  delete: deleteRows,
  rollback: rollbackRows,
  resize: resizeRows,
  nodes: nodeRows,
  outside: outsideRows,
} as const satisfies Readonly<Record<string, readonly Row[]>>;

/** In the order in which the table shows them. */
export const rows: readonly Row[] = Object.values(groups).flat();

export const titleOf = ({ type, kind, variant }: Row): string =>
  `${type}${variant === undefined ? '' : ` ${variant}`} ${kind}`;
