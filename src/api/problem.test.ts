import { expect, it } from 'vitest';
import * as z from 'zod';
import { problemOfIssue } from './problem.ts';

it.each([
  ['Parameters are no map', 'parameters are no map'],
  ['BASH_ENV is read by shells', 'BASH_ENV is read by shells'],
])('a message begins small, unless with a name: %s', (message, expected) => {
  const { error } = z
    .string()
    .refine(() => false, message)
    .safeParse('x');
  expect(error?.issues.map((issue) => problemOfIssue(issue).message)).toEqual([expected]);
});
