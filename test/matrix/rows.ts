/** The rows of the matrix: every action type on every kind that it supports. */
import type { Row } from './row.ts';
import { deleteRows } from './rows/delete.ts';
import { nodeRows } from './rows/nodes.ts';
import { outsideRows } from './rows/outside.ts';
import { patchRows } from './rows/patch.ts';
import { resizeRows } from './rows/resize.ts';
import { restartRows } from './rows/restart.ts';
import { rollbackRows } from './rows/rollback.ts';
import { scaleRows } from './rows/scale.ts';

export const rows: readonly Row[] = [
  ...restartRows,
  ...scaleRows,
  ...patchRows,
  ...deleteRows,
  ...rollbackRows,
  ...resizeRows,
  ...nodeRows,
  ...outsideRows,
];
