import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

const beginning = join(tmpdir(), 'plumbline-test-');
// What has just ended may still write there for a moment.
const removal = { recursive: true, force: true, maxRetries: 5 } as const;

/** A folder that is gone when the running test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(beginning);
  onTestFinished(() => rm(folder, removal));
  return folder;
}

/** A folder for all tests of a file, gone when the last of them has ended. */
export function folderOfFile(): string {
  const folder = mkdtempSync(beginning);
  afterAll(() => rmSync(folder, removal));
  return folder;
}
