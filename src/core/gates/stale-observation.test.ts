import { gateTable } from '../../../test/kit/gate-table.ts';
import { staleObservation } from './stale-observation.ts';

gateTable(staleObservation, [
  ['what is seen is current', {}, undefined],
  ['a cache has not synced (I10)', { stale: 'the cache of pods has not synced' }, 'has not synced'],
]);
