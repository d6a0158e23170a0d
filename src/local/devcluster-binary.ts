import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { plumbError } from '../errors.ts';

const projectRoot = join(import.meta.dirname, '..', '..');

/** The set-up step that builds the binary, as far as finding it goes. */
interface BinaryStep {
  readonly fingerprint: () => string;
}

/**
 * The path of the binary `devcluster`: what the environment variable PLUMBLINE_DEVCLUSTER names, else what the
 * set-up built from the present sources.
 * @throws PlumbError `local.binary-missing`
 */
export async function devclusterBinary(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = environment['PLUMBLINE_DEVCLUSTER'];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw plumbError('local.binary-missing', `PLUMBLINE_DEVCLUSTER names ${named}, which cannot be executed`);
  }
  const built = await builtBinary();
  if (built !== undefined && (await isExecutable(built))) return built;
  throw plumbError('local.binary-missing', 'the binary of the local cluster, devcluster, has not been built');
}

/** Where the set-up puts the binary; undefined in an installed package, which holds no Go source. */
async function builtBinary(): Promise<string | undefined> {
  const step = join(projectRoot, 'scripts', 'steps', 'devcluster.mjs');
  if (!(await isReadable(step))) return undefined;
  const { fingerprint } = (await import(pathToFileURL(step).href)) as BinaryStep;
  return join(projectRoot, '.cache', 'bin', `devcluster-${fingerprint()}`, 'devcluster');
}

function isReadable(path: string): Promise<boolean> {
  return isAllowed(path, constants.R_OK);
}

function isExecutable(path: string): Promise<boolean> {
  return isAllowed(path, constants.X_OK);
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
