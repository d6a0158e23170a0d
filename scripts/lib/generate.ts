// Runs every generator in scripts/generators/ and writes, or with --check compares, what it made.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a generator exports: the content of each file it makes, by path from the project's folder. */
interface Generator {
  generate(): Promise<Readonly<Record<string, string>>>;
}

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'scripts', 'generators');
const check = process.argv.includes('--check');

function isGenerator(module: unknown): module is Generator {
  return typeof module === 'object' && module !== null && 'generate' in module && typeof module.generate === 'function';
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const differing: string[] = [];
for (const name of readdirSync(folder).toSorted()) {
  if (!name.endsWith('.ts')) continue;
  const generator: unknown = await import(pathToFileURL(join(folder, name)).href);
  if (!isGenerator(generator)) throw new Error(`scripts/generators/${name} exports no function named generate`);
  for (const [path, content] of Object.entries(await generator.generate())) {
    const target = join(root, path);
    if (read(target) === content) continue;
    differing.push(path);
    if (check) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

if (check && differing.length > 0) {
  console.error(`Not up to date: ${differing.join(', ')}. Run \`npm run generate\`.`);
  process.exitCode = 1;
} else {
  console.log(differing.length === 0 ? 'Generated files are up to date.' : `Written: ${differing.join(', ')}`);
}
