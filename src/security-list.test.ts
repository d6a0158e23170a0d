import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** The file and the beginning of the name of each test in the last column of the list. */
const proofs = [
  ...readFileSync(join(root, 'docs/security.md'), 'utf8').matchAll(/\| `([^`]+\.test\.ts)`: ?(.*?) \|$/gm),
];

test('every attack in the security model is proved by a test that there is', () => {
  expect(proofs.length).toBeGreaterThan(25);
  const missing = proofs.filter(([, file = '', name = '']) => {
    const path = join(root, file);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(name);
  });
  expect(missing.map(([row]) => row)).toEqual([]);
});
