import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Location } from '../../src/errors.ts';
import type { RenderSource } from '../../src/render/index.ts';

const headSchema = Type.Object(
  {
    path: Type.String(),
    /** As in `RenderRequest`; the renderer itself refuses what it does not know. */
    source: Type.Unsafe<RenderSource>(Type.Object({ kind: Type.String() })),
    /** What both the real tool and the renderer say when they fail, in part. */
    error: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
    /** The code of the renderer's problem. */
    code: Type.Optional(Type.String()),
    /** Where the renderer says that it is, as far as it is given here. */
    where: Type.Optional(Type.Unsafe<Location>(Type.Object({}, { additionalProperties: true }))),
    /** Parts of the warnings that the renderer gives, all of them. */
    warnings: Type.Optional(Type.Array(Type.String())),
    /** Folders to turn into packaged charts, and where to put them. */
    package: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);

/** One case: a tree in a single file, and what to render of it. */
export interface Fixture extends Type.Static<typeof headSchema> {
  readonly name: string;
  /** Content by path. */
  readonly files: ReadonlyMap<string, string>;
}

const marker = /^-- (?<path>\S+) --$/;

/**
 * Reads a fixture: a head in YAML, then each file after a line `-- path --`. Comments in the head say what the case is
 * about.
 */
function readFixture(file: string): Fixture {
  const head: string[] = [];
  const files = new Map<string, string>();
  let lines = head;
  let path: string | undefined;
  const finish = () => path !== undefined && files.set(path, lines.map((line) => `${line}\n`).join(''));
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const found = marker.exec(line)?.groups?.['path'];
    if (found === undefined) {
      lines.push(line);
      continue;
    }
    finish();
    path = found;
    lines = [];
  }
  // The file's own last line end is no empty line of its last file.
  if (lines.at(-1) === '') lines.pop();
  finish();
  return { ...Value.Parse(headSchema, load(head.join('\n'))), name: basename(file, '.txt'), files };
}

/** All fixtures of a folder below `fixtures/`, by name. */
export function fixturesIn(kind: 'helm' | 'kustomize' | 'jsonnet'): readonly Fixture[] {
  const folder = join(import.meta.dirname, 'fixtures', kind);
  return readdirSync(folder)
    .toSorted()
    .map((name) => readFixture(join(folder, name)));
}

/** Writes the files to a new folder and gives its path. */
export function extract(files: ReadonlyMap<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-render-'));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Takes such a folder away. */
export function discard(root: string): void {
  rmSync(root, { recursive: true, force: true });
}
