import { expect, test } from 'vitest';
import { copyShown, rememberEmpty, shownEmpty } from './given-empties.ts';
import { asObject, at } from './json.ts';

test('what a body had empty is shown of the object and of a copy that carries it', () => {
  const inner = { a: 1 };
  const object = { list: [inner] };
  rememberEmpty(inner, 'labels', {});
  rememberEmpty(inner, 'args', []);
  const copy = asObject(copyShown(object)) ?? {};
  expect(copy).toEqual(object);
  const [copied] = copy['list'] as unknown[];
  for (const holder of [inner, copied])
    expect(['labels', 'args', 'other'].map((field) => shownEmpty(holder, field))).toEqual([{}, [], null]);
  expect(shownEmpty({ ...inner }, 'labels')).toBeNull();
  expect(at(copied, 'labels')).toBeUndefined();
});
