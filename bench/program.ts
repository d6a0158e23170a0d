import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '..');
/** What a compiled program finds beside its `dist`, as in the published package and in a clone. */
const beside = ['package.json', 'node_modules', 'install', 'scripts', '.cache'];

/**
 * Compiles `plumb` as it is published: run from source, Node's own TypeScript compiler would be part of the figures.
 * @returns the path of its first file
 * @throws Error with the compiler's complaint
 */
export async function compileProgram(directory: string): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const name of beside) await symlink(join(root, name), join(directory, name));
  const dist = join(directory, 'dist');
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const child = spawn(compiler, ['-p', 'tsconfig.build.json', '--outDir', dist, '--declaration', 'false'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: AbortSignal.timeout(120_000),
  });
  const closed = once(child, 'close');
  const output = await text(child.stdout);
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`plumb does not compile:\n${output}`);
  return join(dist, 'cli', 'main.js');
}
