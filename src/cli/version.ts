import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of this package, from the package.json that lies beside src/ or dist/. */
export function ownVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
