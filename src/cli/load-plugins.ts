/** `--plugin` and `plugins` of the configuration. A plugin that cannot be used is named, and nothing starts. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parsePlugin, type Plugin } from '../core/actions/plugin.ts';
import { CliError } from './cli-error.ts';
import { given } from '../std/given.ts';

export async function loadPlugins(paths: readonly string[]): Promise<readonly Plugin[]> {
  const plugins: Plugin[] = [];
  const executors = new Map<string, string>();
  for (const path of paths) {
    const plugin = await load(path);
    if (plugins.some(({ name }) => name === plugin.name)) throw bad(path, `another plugin has the name ${plugin.name}`);
    for (const id of Object.keys(plugin.executors)) {
      const other = executors.get(id);
      if (other !== undefined) throw bad(path, `plugin ${other} has an executor ${id} too`);
      executors.set(id, plugin.name);
    }
    plugins.push(plugin);
  }
  return plugins;
}

async function load(path: string): Promise<Plugin> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw bad(path, `it cannot be loaded: ${why.split('\n')[0] ?? ''}`, error);
  }
  const parsed = parsePlugin(module);
  if ('whyNot' in parsed) throw bad(path, parsed.whyNot);
  return parsed.value;
}

const bad = (path: string, why: string, cause?: unknown): CliError =>
  new CliError(`plugin ${path}: ${why}`, { exitCode: 2, ...given({ cause }) });
