import { describe, expect, it } from 'vitest';
import { actionRegistry } from './index.ts';

describe('the registry', () => {
  it('drops the permissions of what is switched off', () => {
    const resources = (disabled: readonly 'scale'[]) =>
      actionRegistry({ disabled }).rules.flatMap((rule) => rule.resources);
    expect(resources([])).toContain('deployments/scale');
    expect(resources(['scale'])).not.toContain('deployments/scale');
  });
});
