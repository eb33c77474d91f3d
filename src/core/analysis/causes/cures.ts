/** What actions do to causes of one sort. A cause that differs from its sort says its own. */
import type { Cures } from '../finding.ts';

/** The template is wrong: every new pod fails alike, and the revision before may be well. */
export const BAD_TEMPLATE: Cures = {
  fits: ['rollback', 'patch'],
  pointless: ['restart', 'delete', 'scale', 'resize'],
  harmful: ['drain'],
};

/** New pods are refused: each pod that is taken away does not come back. */
export const NO_NEW_PODS: Cures = { fits: ['patch'], pointless: ['scale'], harmful: ['restart', 'delete', 'drain'] };

/** An object beside the workload is missing or wrong. No action on the workload changes that. */
export const OTHER_OBJECT: Cures = {
  fits: ['patch'],
  pointless: ['restart', 'delete', 'scale', 'resize'],
  harmful: [],
};

/** There is no room: less has to be asked for, or more nodes are needed. */
export const NO_ROOM: Cures = {
  fits: ['resize', 'scale'],
  pointless: ['restart', 'delete'],
  harmful: ['drain', 'cordon'],
};

/** The node is at fault: its pods may run elsewhere. */
export const BAD_NODE: Cures = { fits: ['cordon', 'drain'], pointless: ['restart', 'rollback', 'resize'], harmful: [] };

/** Something outside of the reach of any action. */
export const OUTSIDE: Cures = { fits: [], pointless: ['restart', 'delete', 'scale', 'rollback'], harmful: [] };
