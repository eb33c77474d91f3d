import { expect, it } from 'vitest';
import { ago, look, make } from '../../../../../test/kit/analysis/looks.ts';
import { analyze } from '../../analyze.ts';

const node = (name: string) => make('Node', name, { status: { conditions: [{ type: 'Ready', status: 'True' }] } });
const lease = (name: string, renewedAgo: number, writtenAgo?: number) =>
  make('Lease', name, {
    metadata: {
      namespace: 'kube-node-lease',
      ...(writtenAgo !== undefined && { managedFields: [{ time: ago(writtenAgo) }] }),
    },
    spec: { renewTime: ago(renewedAgo) },
  });
const silent = (...leases: readonly ReturnType<typeof lease>[]) =>
  analyze(look([node('n1'), node('n2'), node('n3'), ...leases])).findings.flatMap(({ cause, root }) =>
    cause === 'KubeletDown' ? [root.name] : [],
  );

it.each<[string, readonly ReturnType<typeof lease>[], readonly string[]]>([
  [
    'names the node whose lease is not renewed while others are',
    [lease('n1', 70), lease('n2', 5), lease('n3', 8)],
    ['n1'],
  ],
  ['names none while all are renewed', [lease('n1', 9), lease('n2', 5), lease('n3', 8)], []],
  [
    'names none where the clock of the one who looks is ahead',
    [lease('n1', 309), lease('n2', 305), lease('n3', 308)],
    [],
  ],
  [
    'goes by the time at which the server wrote, not by the clock of the node',
    [lease('n1', 9, 70), lease('n2', 900, 5), lease('n3', 8, 8)],
    ['n1'],
  ],
  ['names none where one lease alone can be read', [lease('n1', 70)], []],
])('a look at heartbeats %s', (_title, leases, names) => {
  expect(silent(...leases)).toEqual(names);
});
