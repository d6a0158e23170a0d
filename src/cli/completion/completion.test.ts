import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { plumbFromSource, plumbInProcess } from '../../../test/support/cli.ts';

async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await plumbInProcess(['__complete', '--', ...words]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

test('commands are offered by their beginning, hidden ones never', async () => {
  expect(await offered('vers')).toEqual(['version']);
  expect(await offered('')).toContain('completion');
  expect(await offered('__')).toEqual([]);
});

test('flags of the command and those of all commands are offered', async () => {
  expect(await offered('version', '--out')).toEqual(['--output']);
  expect(await offered('version', '--')).toContain('--namespace');
});

test('values are offered for arguments and flags that have a choice', async () => {
  expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await offered('version', '-o', 'j')).toEqual(['json']);
  expect(await offered('version', '--output=')).toEqual([
    '--output=wide',
    '--output=json',
    '--output=yaml',
    '--output=name',
    '--output=unified',
    '--output=markdown',
  ]);
  expect(await offered('version', '-n', 'completion', '')).toEqual([]);
});

test('bash completes with the script', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumb-completion-'));
  try {
    const program = join(folder, 'plumb');
    writeFileSync(program, `#!/bin/sh\nexec ${plumbFromSource.map((part) => `'${part}'`).join(' ')} "$@"\n`);
    chmodSync(program, 0o755);
    const script = `
      source <(plumb completion bash)
      COMP_WORDS=(plumb completion z) COMP_CWORD=2
      _plumb
      echo "\${COMPREPLY[*]}"
      complete -p plumb`;
    const output = execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
      env: { PATH: `${folder}${delimiter}${process.env['PATH']}` },
      encoding: 'utf8',
    });
    expect(output).toContain('zsh\n');
    expect(output).toContain('-F _plumb plumb');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
