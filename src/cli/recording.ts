/** The files in which decisions are kept, for the operator of `run` and of `demo`. */
import packageManifest from '../../package.json' with { type: 'json' };
import { DecisionFiles, type DecisionFilesConfig, DecisionFilesError } from '../adapters/decision-files.ts';
import { CliError } from './cli-error.ts';

/** @throws CliError when the folder cannot be used. */
export async function openDecisionFiles(config: Omit<DecisionFilesConfig, 'version'>): Promise<DecisionFiles> {
  try {
    return await DecisionFiles.open({ ...config, version: packageManifest.version });
  } catch (error) {
    if (error instanceof DecisionFilesError) throw new CliError(error.message, { exitCode: 2, cause: error });
    throw error;
  }
}
