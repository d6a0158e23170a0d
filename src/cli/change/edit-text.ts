import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plumbError } from '../../errors.ts';
import type { CliContext } from '../context.ts';

/**
 * Lets a person edit a text with the editor of the environment (PLUMB_EDITOR, KUBE_EDITOR, VISUAL, EDITOR, else vi).
 * @throws PlumbError `cli.usage` where there is no such editor, or it ends with a failure
 */
export async function editText(text: string, { env, signal }: CliContext): Promise<string> {
  const editor = env['PLUMB_EDITOR'] ?? env['KUBE_EDITOR'] ?? env['VISUAL'] ?? env['EDITOR'] ?? 'vi';
  const folder = await mkdtemp(join(tmpdir(), 'plumb-edit-'));
  try {
    const file = join(folder, 'object.yaml');
    await writeFile(file, text, { mode: 0o600 });
    await run(editor, file, signal);
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An editor is named with its flags (`code --wait`), and no shell reads that. */
async function run(editor: string, file: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...flags] = editor.split(/\s+/).filter((word) => word !== '');
  const ended = Promise.withResolvers<void>();
  const failed = (why: string): void =>
    ended.reject(plumbError('cli.usage', `the editor ${JSON.stringify(editor)} ${why}`, { hint: 'Set EDITOR.' }));
  const child = spawn(program, [...flags, file], { stdio: 'inherit', signal });
  child.once('error', ({ message }) => failed(`cannot be run: ${message}`));
  child.once('exit', (code) => (code === 0 ? ended.resolve() : failed(`has ended with ${code ?? 'a signal'}`)));
  await ended.promise;
}
