import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** What `missingPrograms` says of a folder with these programs. */
function said(...programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const program of programs) symlinkSync(process.execPath, join(folder, program));
  const script = `
    import { missingPrograms } from './scripts/lib/test-programs.mjs';
    console.log(missingPrograms(${JSON.stringify(`${folder}:/nowhere`)}) ?? 'all there');`;
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
