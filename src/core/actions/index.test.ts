import { describe, expect, it } from 'vitest';
import { templateOf } from '../../../test/kit/core-data.ts';
import { actionTypes } from '../../api/action-template.ts';
import { actionRegistry, traitsOf } from './index.ts';

describe('the registry', () => {
  it('drops the permissions of what is switched off', () => {
    const resources = (disabled: readonly 'scale'[]) =>
      actionRegistry({ disabled }).rules.flatMap((rule) => rule.resources);
    expect(resources([])).toContain('deployments/scale');
    expect(resources(['scale'])).not.toContain('deployments/scale');
  });
});

describe('what is special about a type', () => {
  const having = (trait: 'takesNode' | 'endsRollouts' | 'timeout') =>
    actionTypes.filter((type) => traitsOf(type)[trait] !== undefined);

  it.each([
    ['takesNode', ['cordon', 'drain']],
    ['endsRollouts', ['rollback']],
    ['timeout', ['cordon', 'drain', 'uncordon']],
  ] as const)('%s: %j', (trait, types) => expect(having(trait)).toEqual(types));

  it.each(['cordon', 'drain'] as const)('%s asks for the time of its own block', (type) => {
    const template = templateOf({ type, [`${type}Action`]: { timeout: '20m' } });
    expect(traitsOf(type).timeout?.(template)).toBe('20m');
  });
});
