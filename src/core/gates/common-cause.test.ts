import { gateTable } from '../../../test/kit/gate-table.ts';
import { commonCause } from './common-cause.ts';

const shared = '40 of 60 watched targets of the cluster began to fail within 10 minutes';

gateTable(commonCause, [
  ['nothing is known of a common cause', {}, undefined],
  ['many fail together', { commonCause: shared }, shared],
]);
