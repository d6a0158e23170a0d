import { createHash } from 'node:crypto';
import { createRenderer, type RendererOptions } from '../../src/render/index.ts';
import type { DirectoryEntry, FileTree, Renderer, RenderRequest } from '../../src/render/index.ts';

/** A tree whose files are given as text, and which notes what it is asked. */
export interface MemoryTree extends FileTree {
  /** Every question so far, such as `read base/a.yaml`. */
  readonly asked: string[];
}

/** A tree of the files in a record. */
export function memoryTree(files: Readonly<Record<string, string>>): MemoryTree {
  const contents = new Map(Object.entries(files));
  const folders = foldersOf(Object.keys(files));
  const asked: string[] = [];
  return {
    asked,
    async stat(path) {
      asked.push(`stat ${path}`);
      const content = contents.get(path);
      if (content !== undefined) return { kind: 'file', id: createHash('sha1').update(content).digest('hex') };
      return folders.has(path) ? { kind: 'directory', id: '' } : undefined;
    },
    async read(path) {
      asked.push(`read ${path}`);
      const content = contents.get(path);
      return content === undefined ? undefined : Buffer.from(content);
    },
    async list(path) {
      asked.push(`list ${path}`);
      return folders.get(path);
    },
  };
}

function sorted(names: ReadonlyMap<string, DirectoryEntry['kind']>): DirectoryEntry[] {
  return [...names].map(([name, kind]) => ({ name, kind })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function foldersOf(paths: readonly string[]): Map<string, DirectoryEntry[]> {
  const folders = new Map<string, Map<string, DirectoryEntry['kind']>>([['.', new Map()]]);
  for (const path of paths) {
    const parts = path.split('/');
    for (const [index, name] of parts.entries()) {
      const folder = parts.slice(0, index).join('/') || '.';
      const names = folders.get(folder) ?? new Map<string, DirectoryEntry['kind']>();
      folders.set(folder, names.set(name, index === parts.length - 1 ? 'file' : 'directory'));
    }
  }
  return new Map([...folders].map(([folder, names]) => [folder, sorted(names)]));
}

/** A request with everything filled in. */
export function renderRequest(path: string, given: Partial<RenderRequest> = {}): RenderRequest {
  return {
    path,
    source: { kind: 'auto' },
    namespace: 'prod',
    name: 'web',
    kubeVersion: 'v1.36.3',
    apiVersions: ['v1', 'apps/v1', 'apps/v1/Deployment'],
    now: new Date('2026-11-21T10:00:00Z'),
    seed: Buffer.from('a secret of the installation that nobody knows'),
    ...given,
  };
}

/** Both ways to run the renderer; every test of what a render gives runs over each. */
export const hosts = ['wasm', 'native'] as const;

/** A renderer that is closed at the end of its block. */
export function disposableRenderer(options: RendererOptions): Renderer & AsyncDisposable {
  const renderer = createRenderer(options);
  return {
    render: (request, files, signal) => renderer.render(request, files, signal),
    close: () => renderer.close(),
    get stats() {
      return renderer.stats;
    },
    [Symbol.asyncDispose]: () => renderer.close(),
  };
}

/** A signal that never aborts. */
export const forever: AbortSignal = new AbortController().signal;
