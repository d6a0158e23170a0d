import { LRUCache } from 'lru-cache';
import { type Location, PlumbError, plumbError, problemsOf } from '../errors.ts';
import type { Connection } from './credentials.ts';
import { parseGitmodules } from './gitmodules.ts';
import type { BlobId, CommitId, TreeId } from './ids.ts';
import type { Mirror, MirrorOptions } from './mirror.ts';
import type { Objects } from './objects.ts';
import { isSameServer, submoduleUrl } from './submodule-url.ts';
import type { TreeReader } from './tree-reader.ts';
import { parseRepositoryUrl, type RepositoryUrl } from './url.ts';
import { prefixLength } from './url-prefix.ts';

/** How the submodules of a repository are read. */
export interface SubmoduleOptions {
  /**
   * What lets Plumbline into a submodule on another server than the repository's, whose own credentials are never shown
   * there. Nothing does where this is not given.
   */
  readonly accessFor?: (url: string) => Promise<Connection & { readonly identity?: string }>;
  /** How long a reader waits for a submodule that is fetched for the first time, in milliseconds. */
  readonly waitMilliseconds?: number;
  /** How many repositories lie around this one as submodules of one another. */
  readonly depth?: number;
  /** The URLs of all that was opened in and below the outermost repository. */
  readonly urls?: Set<string>;
}

/** A submodule, as a tree names it. */
export interface SubmodulePlace {
  /** The root of the tree that it is in. */
  readonly root: TreeId;
  readonly path: string;
  readonly commit: CommitId;
  readonly where: Location;
}

/** The submodules of one repository. */
export interface Submodules {
  /**
   * The files of a submodule, which is fetched where it is not here.
   * @throws PlumbError `git.submodule-invalid`, `git.submodule-fetching`, `git.submodule-unavailable`
   */
  open(objects: Objects, place: SubmodulePlace): Promise<TreeReader>;
  /** The files of a submodule that was opened before; fetches nothing. */
  opened(place: SubmodulePlace): TreeReader | undefined;
  /** The way into the repository has changed, and with it that into the submodules on the same server. */
  reconnect(connection: Connection): void;
  close(): Promise<void>;
}

/** Submodules in submodules in submodules. */
const deepest = 4;
/** Other repositories that one repository may have fetched, also by way of its submodules. */
const most = 100;
const usualWait = 20_000;
const firstRest = 30_000;
const longestRest = 15 * 60_000;

interface Failure {
  readonly error: PlumbError;
  readonly count: number;
  /** Until then it is not tried again, by `performance.now()`. */
  readonly until: number;
}

interface OpenMirror {
  readonly mirror: Mirror;
  readonly isSameServer: boolean;
}

/**
 * Reads submodules through mirrors of their own, at the commits that the tree records. Nothing is checked out, and
 * nothing is fetched before somebody reads in one.
 * @param options those that the repository itself was opened with
 * @param openMirror opens a mirror
 */
export function createSubmodules(
  options: MirrorOptions & { readonly submodules: SubmoduleOptions },
  openMirror: (options: MirrorOptions) => Promise<Mirror>,
): Submodules {
  const { signal, submodules } = options;
  const depth = submodules.depth ?? 0;
  const parent = parseRepositoryUrl(options.url, options);
  const opened = submodules.urls ?? new Set<string>();
  let connection: Connection = options;
  const mirrors = new Map<string, Promise<OpenMirror>>();
  const readers = new LRUCache<string, TreeReader>({ max: 200 });
  const urls = new LRUCache<BlobId, ReadonlyMap<string, string>>({ max: 20 });
  const fetching = new Map<string, Promise<void>>();
  const failures = new LRUCache<string, Failure>({ max: 200 });

  const urlOf = async (objects: Objects, { root, path, where }: SubmodulePlace): Promise<RepositoryUrl> => {
    const entry = (await objects.tree(root)).get('.gitmodules');
    if (entry?.kind !== 'file') throw unnamed(path, where);
    const id = entry.id as BlobId;
    let known = urls.get(id);
    if (known === undefined) {
      known = await parseGitmodules(await objects.blob(id, '.gitmodules'), where, signal);
      urls.set(id, known);
    }
    const text = known.get(path);
    if (text === undefined) throw unnamed(path, where);
    return submoduleUrl(parent, text, options, where);
  };

  const mirrorOf = (url: RepositoryUrl, where: Location): Promise<OpenMirror> => {
    const before = mirrors.get(url.text);
    if (before !== undefined) return before;
    if (opened.size >= most && !opened.has(url.text)) {
      throw plumbError('git.submodule-invalid', `it has submodules from more than ${most} repositories`, { where });
    }
    opened.add(url.text);
    const opening = openOne(url);
    mirrors.set(url.text, opening);
    opening.catch(() => mirrors.delete(url.text));
    return opening;
  };

  const openOne = async (url: RepositoryUrl): Promise<OpenMirror> => {
    // What is good for a part of a server is shown for that part alone.
    const { scope } = connection;
    const isInScope = scope === undefined || prefixLength(url.text, scope) !== undefined;
    const same = isSameServer(parent, url) && isInScope;
    const own = same ? accessOf(connection, options.identity) : await submodules.accessFor?.(url.text);
    const { directory, limits, egress, treeCache, allowFile, allowInsecureHttp } = options;
    const mirror = await openMirror({
      url: url.text,
      directory,
      signal,
      // Of a submodule nothing is read but the commits that are recorded.
      history: 'shallow',
      ...(limits === undefined ? {} : { limits }),
      ...(egress === undefined ? {} : { egress }),
      ...(treeCache === undefined ? {} : { treeCache }),
      ...(allowFile === undefined ? {} : { allowFile }),
      ...(allowInsecureHttp === undefined ? {} : { allowInsecureHttp }),
      ...own,
      submodules: { ...submodules, depth: depth + 1, urls: opened },
    });
    return { mirror, isSameServer: same };
  };

  /** The way into another server is asked for anew after a failure: a token may have been renewed. */
  const forget = async (url: string): Promise<void> => {
    const found = await mirrors.get(url)?.catch(() => undefined);
    if (found === undefined || found.isSameServer) return;
    mirrors.delete(url);
    await found.mirror.close();
  };

  /** Fetches a commit, whoever waits for it and however long: the next reader finds it. */
  const fetch = (key: string, place: SubmodulePlace, url: RepositoryUrl): Promise<void> => {
    const running = fetching.get(key);
    if (running !== undefined) return running;
    const work = (async () => {
      try {
        const { mirror } = await mirrorOf(url, place.where);
        if ((await mirror.resolve({ commit: place.commit })) === undefined) {
          await mirror.fetch({ commit: place.commit }, { signal });
        }
        readers.set(readerKey(place), await mirror.tree(place.commit));
        failures.delete(key);
      } catch (error) {
        const count = (failures.get(key)?.count ?? 0) + 1;
        const rest = Math.min(firstRest * 2 ** (count - 1), longestRest);
        failures.set(key, { error: unavailable(place, url, error), count, until: performance.now() + rest });
        await forget(url.text);
      } finally {
        fetching.delete(key);
      }
    })();
    fetching.set(key, work);
    return work;
  };

  const reconnectOne = async (opening: Promise<OpenMirror>): Promise<void> => {
    const found = await opening.catch(() => undefined);
    if (found?.isSameServer === true) found.mirror.reconnect(accessOf(connection, undefined));
  };

  return {
    async open(objects, place) {
      const here = readers.get(readerKey(place));
      if (here !== undefined) return here;
      if (depth >= deepest) {
        throw plumbError('git.submodule-invalid', `${place.path} is a submodule in ${deepest} others`, {
          where: place.where,
        });
      }
      const url = await urlOf(objects, place);
      const key = `${url.text} ${place.commit}`;
      const failed = failures.get(key);
      if (failed === undefined || failed.until <= performance.now()) {
        const ended = await within(fetch(key, place, url), submodules.waitMilliseconds ?? usualWait, signal);
        if (!ended) {
          throw plumbError(
            'git.submodule-fetching',
            `the submodule ${place.path} (${url.text}) is still being fetched`,
            {
              where: place.where,
            },
          );
        }
      }
      const reader = readers.get(readerKey(place));
      if (reader !== undefined) return reader;
      throw failures.get(key)?.error ?? plumbError('cancelled', 'the mirror is closed');
    },
    opened: (place) => readers.get(readerKey(place)),
    reconnect(next) {
      connection = next;
      for (const opening of mirrors.values()) void reconnectOne(opening);
      // What failed for want of credentials need not wait.
      failures.clear();
    },
    async close() {
      await Promise.allSettled(fetching.values());
      const settled = await Promise.allSettled(mirrors.values());
      mirrors.clear();
      const open = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.mirror] : []));
      await Promise.all(open.map((mirror) => mirror.close()));
    },
  };
}

/** The same `.gitmodules` may be read in two trees: the root tells them apart. */
function readerKey({ root, path, commit }: SubmodulePlace): string {
  return `${root} ${commit} ${path}`;
}

function accessOf(
  { credentials, certificateAuthority, clientCertificate, proxy, scope }: Connection,
  identity: string | undefined,
): Connection & { readonly identity?: string } {
  return {
    ...(credentials === undefined ? {} : { credentials }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(scope === undefined ? {} : { scope }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(identity === undefined ? {} : { identity }),
  };
}

/** Whether it ended in time. @throws the reason of `signal` */
function within(work: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    void work
      .then(() => resolve(true), reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      });
  });
}

function unnamed(path: string, where: Location): Error {
  return plumbError('git.submodule-invalid', `.gitmodules does not say where the submodule ${path} comes from`, {
    where: { ...where, file: path },
  });
}

/** What keeps a submodule from being read; most of it may pass, as when its commit was not pushed yet. */
function unavailable({ path, commit, where }: SubmodulePlace, url: RepositoryUrl, cause: unknown): PlumbError {
  const [first] = problemsOf(cause);
  if (first.code === 'git.submodule-invalid' && cause instanceof PlumbError) return cause;
  return plumbError(
    // Where this installation does not connect to, it will not tomorrow.
    first.code.startsWith('egress.') ? 'git.submodule-invalid' : 'git.submodule-unavailable',
    `the submodule ${path} (${url.text}) cannot be read at ${commit}: ${first.message}`,
    { where: { ...where, file: path }, ...(first.hint === undefined ? {} : { hint: first.hint }), cause },
  );
}
