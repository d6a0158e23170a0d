import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** What `missingPrograms` says of a folder with these programs, on a machine that Chromium is brought along for. */
const said = (...programs: readonly string[]): string => saidOn('linux-x64', programs);

function saidOn(machine: string, programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const program of programs) symlinkSync(process.execPath, join(folder, program));
  const script = `
    import { missingPrograms } from './scripts/lib/test-programs.mjs';
    console.log(missingPrograms(${JSON.stringify(`${folder}:/nowhere`)}, '${machine}') ?? 'all there');`;
  const cwd = join(import.meta.dirname, '../..');
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8' }).trim();
}

test('programs that tests need and nobody brings along are named at once, with what brings them', () => {
  expect(said('curl', 'gpg', 'openssl', 'ssh', 'ssh-keygen')).toBe('all there');
  expect(said('gpg', 'ssh', 'ssh-keygen')).toBe(
    'Not on PATH: curl, openssl. The tests that use them will fail; on Debian, apt-get install curl openssl brings them.',
  );
  expect(said('curl', 'gpg', 'openssl')).toContain('ssh, ssh-keygen. The tests that use them will fail');
  expect(said('curl', 'gpg', 'openssl')).toContain('apt-get install openssh-client brings them');
});

test('where no Chromium is brought along the machine needs one', () => {
  const others = ['curl', 'gpg', 'openssl', 'ssh', 'ssh-keygen'];
  expect(saidOn('linux-arm64', others)).toBe(
    'Not on PATH: chromium. The tests that use them will fail; on Debian, apt-get install chromium brings them.',
  );
  expect(saidOn('linux-arm64', [...others, 'chromium'])).toBe('all there');
});
