import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KEYS_FOLDER, KEYS_SECRET, operatorObjects } from './operator-objects.ts';

const HOW_TOS = join(import.meta.dirname, '../../../docs/how-to');

it.each([
  ['without a configuration', {}],
  ['with one', { config: 'logLevel: debug' }],
])('the pods %s have the folder of keys, and start without the Secret', (_, configured) => {
  const made = operatorObjects({
    namespace: 'kubeskippy-system',
    image: 'a',
    ...configured,
  });
  const [deployment] = made.filter(({ kind }) => kind === 'Deployment');
  const mount = { mountPath: KEYS_FOLDER, name: 'keys', readOnly: true };
  expect(deployment).toMatchObject({
    spec: {
      template: {
        spec: {
          containers: [{ volumeMounts: expect.arrayContaining([mount]) }],
          volumes: expect.arrayContaining([{ name: 'keys', secret: { secretName: KEYS_SECRET, optional: true } }]),
        },
      },
    },
  });
});

it('the files of keys that the pages name lie in that folder', () => {
  const named = readdirSync(HOW_TOS).flatMap((page) =>
    [...readFileSync(join(HOW_TOS, page), 'utf8').matchAll(/(?:File|keyFile): (\/etc\/\S+)/g)].map(([, file]) => file),
  );
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((file) => file?.startsWith(`${KEYS_FOLDER}/`) !== true)).toEqual([]);
});
