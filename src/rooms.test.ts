import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Which room may import which (docs/architecture.md). Files that lie directly in src/ (`errors.ts`, `names.ts`,
 * `object.ts`, `secret-mask.ts`, `sensitive.ts`) are open to all rooms and import nothing but one another and the catalogue of errors.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'error-codes': [],
  api: [],
  git: [],
  forge: [],
  registry: [],
  preview: ['sync'],
  render: [],
  health: [],
  actions: ['health'],
  kube: [],
  local: [],
  sync: ['kube', 'health'],
  writeback: ['git', 'render', 'forge'],
  client: [],
  operator: ['client', 'forge', 'git', 'kube', 'writeback'],
  controller: ['api', 'git', 'forge', 'registry', 'render', 'kube', 'sync', 'health', 'preview', 'writeback'],
  metrics: ['controller', 'kube', 'render'],
  server: ['api', 'forge', 'controller', 'kube', 'health', 'actions', 'writeback'],
  cli: [
    'api',
    'git',
    'forge',
    'registry',
    'render',
    'kube',
    'sync',
    'health',
    'actions',
    'preview',
    'writeback',
    'client',
    'controller',
    'server',
    'metrics',
    'local',
  ],
};

/** What files that lie directly in src/ may import. */
const allowedForAll: readonly string[] = ['error-codes'];

const source = import.meta.dirname;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function roomOf(file: string): string | undefined {
  const parts = relative(source, file).split(sep);
  return parts.length > 1 ? parts[0] : undefined;
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"](\.{1,2}\/[^'"]+)['"]|import\(\s*['"](\.{1,2}\/[^'"]+)['"]/g;

interface Edge {
  readonly file: string;
  readonly target: string;
}

function edges(): Edge[] {
  return filesIn(source).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => ({
      file,
      target: resolve(dirname(file), match[1] ?? match[2] ?? ''),
    })),
  );
}

test('rooms import only the rooms that the table allows, and only through their index', () => {
  const violations: string[] = [];
  const found = edges();
  expect(found.length).toBeGreaterThan(0);
  for (const { file, target } of found) {
    const from = roomOf(file);
    const to = roomOf(target);
    if (from === to) continue;
    // Tests may stand on what test/ offers, and on any room.
    if (file.endsWith('.test.ts')) continue;
    if (to === undefined && !relative(source, target).startsWith('..')) continue;
    const edge = `${relative(source, file)} -> ${relative(source, target)}`;
    const mayImport = from === undefined ? allowedForAll : (allowed[from] ?? []);
    if (to === undefined || !mayImport.includes(to)) violations.push(edge);
    else if (relative(source, target) !== join(to, 'index.ts')) violations.push(`${edge} (not through index.ts)`);
  }
  expect(violations).toEqual([]);
});

test('every room stands in the table', () => {
  const rooms = new Set(filesIn(source).map(roomOf));
  for (const room of rooms) if (room !== undefined) expect(Object.keys(allowed)).toContain(room);
});
