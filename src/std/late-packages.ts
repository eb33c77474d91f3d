/**
 * Packages that are large and that a cluster or an expression seldom needs: each is read when it is first used, in the
 * middle of a function. They are CommonJS, which can be read without waiting. tools/build.mjs puts each into a file of
 * its own.
 */
import { createRequire } from 'node:module';
import type * as Re2js from 're2js';
import type * as Yaml from 'yaml';

const require = createRequire(import.meta.url);

export const re2js = (): typeof Re2js => require('re2js') as typeof Re2js;
export const yaml = (): typeof Yaml => require('yaml') as typeof Yaml;
