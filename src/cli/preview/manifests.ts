import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type Application, parseApplication, parseRepository, type Repository } from '../../api/index.ts';
import { plumbError, type Problem, problemsOf } from '../../errors.ts';
import type { TreeReader } from '../../git/index.ts';
import { group } from '../../names.ts';

/** The resources of Plumbline's own that some files hold. */
export interface Manifests {
  /** By `namespace/name`. */
  readonly applications: ReadonlyMap<string, Application>;
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly problems: readonly Problem[];
}

/** A file with its text. */
interface TextFile {
  readonly path: string;
  readonly text: string;
}

const filesLimit = 10_000;
const isManifest = (name: string): boolean => /\.(ya?ml|json)$/.test(name);

/**
 * The Applications and Repositories in the files at some paths; other objects are passed over, as is what cannot be
 * read as YAML because it is a template. Inside the clone they are read from the commit, elsewhere from the disk.
 * @param given paths as they were given, from `cwd`
 */
export async function readManifests(
  given: readonly string[],
  place: { readonly cwd: string; readonly workTree: string | undefined; readonly namespace: string },
  tree: TreeReader,
): Promise<Manifests> {
  const found = { applications: new Map<string, Application>(), repositories: new Map<string, Repository>() };
  const problems: Problem[] = [];
  for (const path of given) {
    for (const file of await filesAt(path, place, tree)) await takeFile(file, place.namespace, found, problems);
  }
  return { ...found, problems };
}

async function filesAt(
  given: string,
  { cwd, workTree }: { readonly cwd: string; readonly workTree: string | undefined },
  tree: TreeReader,
): Promise<readonly TextFile[]> {
  const inside = insideOf(workTree, resolve(cwd, given));
  const committed = inside === undefined ? undefined : await filesInTree(tree, inside);
  if (committed !== undefined) return committed;
  return filesOnDisk(resolve(cwd, given), given);
}

/** The path from the root of the work tree; undefined where it does not lie in it. */
export function insideOf(workTree: string | undefined, path: string): string | undefined {
  if (workTree === undefined) return undefined;
  const inside = relative(workTree, path).split(sep).join('/');
  return inside === '..' || inside.startsWith('../') ? undefined : inside || '.';
}

async function filesInTree(tree: TreeReader, path: string): Promise<readonly TextFile[] | undefined> {
  const there = await tree.stat(path);
  if (there === undefined) return undefined;
  const files: TextFile[] = [];
  const visit = async (at: string, isFile: boolean): Promise<void> => {
    checkCount(files.length, path);
    if (isFile) {
      const bytes = await tree.read(at);
      if (bytes !== undefined) files.push({ path: at, text: Buffer.from(bytes).toString('utf8') });
      return;
    }
    for (const { name, kind } of (await tree.list(at)) ?? []) {
      const next = at === '.' ? name : `${at}/${name}`;
      if (kind === 'directory' || isManifest(name)) await visit(next, kind === 'file');
    }
  };
  await visit(path, there.kind === 'file');
  return files;
}

async function filesOnDisk(path: string, given: string): Promise<readonly TextFile[]> {
  const unreadable = (cause: unknown): Error =>
    plumbError('cli.folder-unreadable', `there is nothing at ${given}, in either commit or on the disk`, { cause });
  const state = await stat(path).catch((error: unknown) => {
    throw unreadable(error);
  });
  if (state.isFile()) return [{ path: given, text: await readFile(path, 'utf8') }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && isManifest(entry.name));
  checkCount(files.length, given);
  return Promise.all(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map(async (file) => ({ path: join(given, relative(path, file)), text: await readFile(file, 'utf8') })),
  );
}

function checkCount(count: number, path: string): void {
  if (count > filesLimit) throw plumbError('cli.usage', `there are more than ${filesLimit} manifests in ${path}`);
}

async function takeFile(
  { path, text }: TextFile,
  namespace: string,
  found: { readonly applications: Map<string, Application>; readonly repositories: Map<string, Repository> },
  problems: Problem[],
): Promise<void> {
  // Most files of a repository are none of ours: only those that name the group are read.
  if (!text.includes(group)) return;
  const { loadAll } = await import('js-yaml');
  let documents: readonly unknown[];
  try {
    documents = loadAll(text);
  } catch {
    return;
  }
  for (const document of documents) {
    const object = (document ?? {}) as { apiVersion?: unknown; kind?: unknown; metadata?: Record<string, unknown> };
    if (typeof object.apiVersion !== 'string' || !object.apiVersion.startsWith(`${group}/`)) continue;
    const settled = { ...object, metadata: { namespace, ...object.metadata } };
    try {
      if (object.kind === 'Application') put(found.applications, parseApplication(settled));
      else if (object.kind === 'Repository') put(found.repositories, parseRepository(settled));
    } catch (error) {
      problems.push(...problemsOf(error).map((problem) => ({ ...problem, where: { file: path, ...problem.where } })));
    }
  }
}

function put<Kind extends Application | Repository>(map: Map<string, Kind>, object: Kind): void {
  map.set(`${object.metadata.namespace}/${object.metadata.name}`, object);
}
