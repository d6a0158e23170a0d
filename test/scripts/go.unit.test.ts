import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

// A project of its own with the real scripts, on a PATH without Go: nothing of this project's cache is used.
let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'plumbline-go-'));
  cpSync(join(import.meta.dirname, '../../scripts/lib'), join(project, 'scripts/lib'), { recursive: true });
  mkdirSync(join(project, 'renderer'));
  writeFileSync(join(project, 'renderer/go.mod'), 'module example.com/small\n\ngo 1.26.0\n');
  writeFileSync(join(project, 'renderer/main.go'), 'package main\n\nfunc main() { print("built") }\n');
  mkdirSync(join(project, 'bin'));
  symlinkSync(process.execPath, join(project, 'bin/node'));
});

afterEach(() => {
  // The module cache is not writable.
  execFileSync('chmod', ['-R', 'u+w', project]);
  rmSync(project, { recursive: true, force: true });
});

/** Runs the set-up step for Go, and then whatever uses it, in one process. */
function withGoStep(then: string, env: Readonly<Record<string, string>> = {}): string {
  const script = `
    import { goStep } from './scripts/lib/go.mjs';
    import { run } from './scripts/lib/run.mjs';
    try {
      const step = await goStep();
      console.log(step?.notice ?? 'Go is there');
      await step?.build();
      ${then}
    } catch (error) { console.log(error.message); }`;
  return execFileSync(join(project, 'bin/node'), ['--input-type=module', '-e', script], {
    cwd: project,
    encoding: 'utf8',
    env: { ...goEnvironment(), PATH: join(project, 'bin'), HOME: project, ...env },
  });
}

/** How this machine reaches the module proxy. */
function goEnvironment(): Record<string, string> {
  const names = ['GOPROXY', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

test('where Go is not installed the official one is fetched, said so, and builds; the next time it is there', () => {
  const build = `
    const built = await run('go', ['run', '.'], { cwd: 'renderer', env: { ...process.env, CGO_ENABLED: '0' } });
    console.log(built.code, built.output);`;
  const output = withGoStep(build);
  expect(output).toMatch(/^Go is not installed: Go 1\.26\.\d+ is fetched for this project alone\.\n0 built\n$/);
  expect(withGoStep(build)).toBe('Go is there\n0 built\n');
});

test('a Go that is too old to know that it is too old is not used', () => {
  // The answer of Go 1.19, which Debian 12 has, in place of 300 MB of it.
  writeFileSync(join(project, 'bin/go'), '#!/bin/sh\necho go1.19.8\n', { mode: 0o755 });
  symlinkSync('/bin/sh', join(project, 'bin/sh'));
  const output = withGoStep('', { GOPROXY: 'http://127.0.0.1:9' });
  expect(output).toMatch(/^Go is too old \(go1\.19\.8\): Go 1\.26\.\d+ is fetched/);
});

test('where it cannot be fetched either, one sentence says what to do, and nothing is left behind', () => {
  const output = withGoStep('', { GOPROXY: 'http://127.0.0.1:9' });
  expect(output).toContain('Go is not installed, and it could not be fetched: ');
  expect(output).toContain('Install Go 1.26 or newer from https://go.dev/dl and try again.');
  expect(existsSync(join(project, '.cache')) ? readdirSync(join(project, '.cache')) : []).toEqual([]);
});
