// docs/cli.md and docs/errors.md, from what the program itself knows.
import { cliReference } from '../../src/cli/docs/reference.ts';
import { errorReference } from '../../src/cli/docs/errors.ts';
import { createProgram } from '../../src/cli/program.ts';

const silent = { write: () => undefined, isTerminal: false, columns: 100 };

/** The content of the two documents. */
export async function generate(): Promise<Record<string, string>> {
  const program = await createProgram({
    stdout: silent,
    stderr: silent,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    now: () => new Date(0),
  });
  return { 'docs/cli.md': cliReference(program), 'docs/errors.md': errorReference() };
}
