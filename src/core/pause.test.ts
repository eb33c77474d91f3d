import { describe, expect, it } from 'vitest';
import { pauseText } from './pause.ts';

const thrown = (data?: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubeskippy-pause', namespace: 'kubeskippy-system' },
  ...(data !== undefined && { data }),
});

describe('the text of the kill switch', () => {
  it('names the object that has to go, and who threw it why', () => {
    expect(pauseText(thrown({ reason: 'DNS is down' }))).toBe(
      'ConfigMap kubeskippy-system/kubeskippy-pause pauses all healing: DNS is down; delete it to go on',
    );
  });

  it.each([undefined, {}])('does without a reason', (data) => {
    expect(pauseText(thrown(data))).toBe(
      'ConfigMap kubeskippy-system/kubeskippy-pause pauses all healing; delete it to go on',
    );
  });
});
