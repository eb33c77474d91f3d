/**
 * A manifest as kubectl is to read it: kubectl reads YAML 1.1, in which `off` without quotes is `false`, and `1:30` a
 * number. Every string that it would take for something else has quotes.
 * https://yaml.org/type/bool.html
 */
import { stringify } from 'yaml';

export const manifestYaml = (object: unknown): string =>
  stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
