import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

const files: Readonly<Record<string, string>> = {
  'vitest.config.mjs': `
    import { closingLine } from ${JSON.stringify(join(root, 'test', 'support', 'closing-line.ts'))};
    export default { test: { reporters: [closingLine()] } };`,
  'one.test.js': `
    import { describe, expect, test } from 'vitest';
    test('first', () => {});
    describe('a group', () => test('second', () => {}));
    test('third', () => expect(1).toBe(2));
    test.skip('fourth', () => {});`,
  'broken.test.js': 'throw new Error("broken");',
};

/** How a run of them ends that has the reporter of `npm test`. */
async function ended(folder: string, ...args: readonly string[]) {
  const { PLUMBLINE_TEST_COUNTS: _counts, ...env } = process.env;
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = execFile(process.execPath, [program, 'run', ...args], { cwd: folder, env });
  let output = '';
  child.stdout?.on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { line: output.trimEnd().split('\n').at(-1), code };
}

test('what is not asked for by name is not counted; what fails, is skipped or cannot be loaded is a failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-closing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const [all, asked, skipped] = await Promise.all([
    ended(folder),
    ended(folder, 'one', '-t', 'first|a group'),
    ended(folder, 'one', '-t', 'first|fourth'),
  ]);
  expect(all).toEqual({ line: '2 passed, 3 failed', code: 1 });
  expect(asked).toEqual({ line: '2 passed, 0 failed', code: 0 });
  expect(skipped).toEqual({ line: '1 passed, 1 failed', code: 1 });
});
