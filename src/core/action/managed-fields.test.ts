import { describe, expect, it } from 'vitest';
import { workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { managersOf, type Path, valueAt } from './managed-fields.ts';

const IMAGE: Path = ['spec', 'template', 'spec', 'containers', '0', 'image'];
const object: KubeObject = {
  ...workload('Deployment', {
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'app', image: 'app:1', args: ['-v', '-x'] },
            { name: 'side', image: 'side:1' },
          ],
        },
      },
    },
  }),
};
const managedBy = (fieldsV1: unknown, change: object = {}): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, managedFields: [{ manager: 'ann', fieldsV1, ...change }] },
});
const inContainers = (set: unknown) => ({ 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': set } } } });
const ARGS = IMAGE.slice(0, -1).concat('args');

describe('a field has a manager', () => {
  it.each<[string, unknown, Path, readonly string[]]>([
    ['by its name', { 'f:spec': { 'f:replicas': {} } }, ['spec', 'replicas'], ['ann']],
    ['not by the name of another', { 'f:spec': { 'f:paused': {} } }, ['spec', 'replicas'], []],
    ['not in another place', { 'f:status': { 'f:replicas': {} } }, ['spec', 'replicas'], []],
    ['around it, owned as one piece', { 'f:spec': {} }, ['spec', 'replicas'], ['ann']],
    ['around it, marked as owned itself', { 'f:spec': { '.': {} } }, ['spec', 'replicas'], ['ann']],
    ['inside of it', { 'f:spec': { 'f:template': { 'f:spec': {} } } }, ['spec', 'template'], ['ann']],
    ['in an element by its key', inContainers({ 'k:{"name":"app"}': { 'f:image': {} } }), IMAGE, ['ann']],
    ['not in the element of another key', inContainers({ 'k:{"name":"side"}': { 'f:image': {} } }), IMAGE, []],
    ['in an element by its index', inContainers({ 'i:0': { 'f:image': {} } }), IMAGE, ['ann']],
    ['not at another index', inContainers({ 'i:1': { 'f:image': {} } }), IMAGE, []],
    [
      'of an element by its value',
      inContainers({ 'k:{"name":"app"}': { 'f:args': { 'v:"-x"': {} } } }),
      [...ARGS, '1'],
      ['ann'],
    ],
    [
      'not of an element of another value',
      inContainers({ 'k:{"name":"app"}': { 'f:args': { 'v:"-x"': {} } } }),
      [...ARGS, '0'],
      [],
    ],
    ['not in a set that is no set', 'f:spec', ['spec', 'replicas'], []],
  ])('%s', (_title, fieldsV1, field, managers) => {
    expect(managersOf(managedBy(fieldsV1), field)).toEqual(managers);
  });

  it('not as the manager of the status, which others write than who wants the field', () => {
    expect(managersOf(managedBy({ 'f:spec': {} }, { subresource: 'status' }), ['spec', 'replicas'])).toEqual([]);
  });

  it('that gives no name', () => {
    expect(managersOf(managedBy({ 'f:spec': {} }, { manager: undefined }), ['spec', 'replicas'])).toEqual(['']);
  });
});

it.each<[string, Path, unknown]>([
  ['of a list', IMAGE, 'app:1'],
  ['that is not there', ['spec', 'strategy', 'type'], undefined],
  ['below a text', ['kind', 'length'], undefined],
])('the value at a path %s', (_title, path, value) => {
  expect(valueAt(object, path)).toBe(value);
});
