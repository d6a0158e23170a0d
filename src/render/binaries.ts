import { createHash } from 'node:crypto';
import { access, constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { plumbError } from '../errors.ts';

/** Where a render runs: inside WebAssembly in worker threads, or in one native process. */
export type HostKind = 'wasm' | 'native';

/** A renderer's file, and what names its content: results of another version are not used. */
export interface RendererBinary {
  readonly path: string;
  readonly version: string;
}

const projectRoot = join(import.meta.dirname, '..', '..');

const variables: Record<HostKind, string> = {
  wasm: 'PLUMBLINE_RENDERER_WASM',
  native: 'PLUMBLINE_RENDERER_NATIVE',
};

const names: Record<HostKind, string> = { wasm: 'renderer.wasm', native: 'renderer' };

/** The set-up step that builds the binaries, as far as finding them goes. */
interface BinaryStep {
  readonly fingerprint: () => string;
}

/**
 * Finds the renderer: what the environment variable PLUMBLINE_RENDERER_WASM or PLUMBLINE_RENDERER_NATIVE names, else
 * what lies in the installed package, else what the set-up built from the present sources.
 * @throws PlumbError `local.binary-missing`
 */
export async function findRenderer(
  kind: HostKind,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RendererBinary> {
  const variable = variables[kind];
  const named = environment[variable];
  if (named !== undefined && named !== '') {
    if (await isReadable(named)) return { path: named, version: await hashOf(named) };
    throw plumbError('local.binary-missing', `${variable} names ${named}, which cannot be read`);
  }
  const packaged = join(import.meta.dirname, 'renderer.wasm.gz');
  if (kind === 'wasm' && (await isReadable(packaged))) return { path: packaged, version: await hashOf(packaged) };
  const built = await builtRenderer(kind);
  if (built !== undefined) return built;
  throw plumbError('local.binary-missing', `the renderer, ${names[kind]}, has not been built`);
}

async function builtRenderer(kind: HostKind): Promise<RendererBinary | undefined> {
  const step = join(projectRoot, 'scripts', 'steps', 'renderer.mjs');
  if (!(await isReadable(step))) return undefined;
  const { fingerprint } = (await import(pathToFileURL(step).href)) as BinaryStep;
  const version = fingerprint();
  const path = join(projectRoot, '.cache', 'bin', `renderer-${version}`, names[kind]);
  return (await isReadable(path)) ? { path, version } : undefined;
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

const pieceBytes = 1_048_576;

/** In pieces, and all of them in one buffer: those of a stream would stay until the next full collection. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path);
  const piece = Buffer.alloc(pieceBytes);
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, pieceBytes);
    if (bytesRead === 0) return hash.digest('hex').slice(0, 16);
    hash.update(piece.subarray(0, bytesRead));
  }
}
