/**
 * Packages that a cluster or an expression seldom needs. Each is read when it is first used, so that no start parses
 * it. They are CommonJS, which a function can read without waiting. tools/build.mjs puts each into a file of its own.
 */
import { createRequire } from 'node:module';
import type * as Croner from 'croner';
import type * as Re2js from 're2js';
import type * as Yaml from 'yaml';

const require = createRequire(import.meta.url);

export const croner = (): typeof Croner => require('croner') as typeof Croner;
export const re2js = (): typeof Re2js => require('re2js') as typeof Re2js;
export const yaml = (): typeof Yaml => require('yaml') as typeof Yaml;
