import type { Repository } from '../../api/index.ts';
import { type Forge, type ForgeConnections, openForge } from '../../forge/index.ts';
import { readForgeAccess } from './forge-access.ts';
import type { ReferenceReader, References } from '../access/references.ts';
import type { Templates } from '../access/templates.ts';

/** The forges of all Repositories, each opened when it is first needed. */
export interface Forges {
  /**
   * The forge of a Repository (`namespace/name`) as its spec and its Secret are now; undefined where it names none.
   * @throws PlumbError `controller.secret-*`, `forge.url-invalid`, `forge.unknown-kind`, `forge.credentials-invalid`
   */
  forgeOf(id: string, signal: AbortSignal): Promise<Forge | undefined>;
  /** Forgets a Repository that is no more. */
  forget(id: string): void;
  /** Opens no more, and is told of nothing. */
  close(): void;
}

/** What forges are opened with. */
export interface ForgesOptions {
  readonly repositoryOf: (id: string) => Repository | undefined;
  readonly references: References;
  readonly templates: Templates;
  /** Theirs to use and the caller's to close. */
  readonly connections: ForgeConnections;
}

interface Entry {
  readonly reader: ReferenceReader;
  /** What it was opened for: another spec opens it anew. */
  openedFor: string;
  opened: Promise<Forge> | undefined;
}

/** Opens none yet. A Secret that changes, or a spec, counts from the next call on. */
export function createForges(options: ForgesOptions): Forges {
  const { connections } = options;
  const entries = new Map<string, Entry>();

  const entryOf = (id: string): Entry => {
    const known = entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      reader: options.references.reader(() => (entry.opened = undefined)),
      openedFor: '',
      opened: undefined,
    };
    entries.set(id, entry);
    return entry;
  };

  const open = async (repository: Repository, entry: Entry, signal: AbortSignal): Promise<Forge> => {
    const { url, forge } = repository.spec;
    const access = await entry.reader.round(
      (look) => readForgeAccess({ look, templates: options.templates, connections }, repository),
      signal,
    );
    return openForge({
      repositoryUrl: url,
      connections,
      route: access.route,
      ...(forge?.kind === undefined ? {} : { kind: forge.kind }),
      ...(forge?.apiUrl === undefined ? {} : { apiUrl: forge.apiUrl }),
      ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
    });
  };

  return {
    async forgeOf(id, signal) {
      const repository = options.repositoryOf(id);
      if (repository?.spec.forge === undefined) return undefined;
      const { url, forge, secretRef, proxy } = repository.spec;
      const wanted = JSON.stringify([url, forge, secretRef, proxy, repository.metadata.uid]);
      const entry = entryOf(id);
      if (entry.opened === undefined || entry.openedFor !== wanted) {
        entry.openedFor = wanted;
        const opening = open(repository, entry, signal);
        entry.opened = opening;
        // What failed is tried anew by whoever asks next; and so is what nobody would tell of.
        opening.catch(() => {
          if (entry.opened === opening) entry.opened = undefined;
        });
      }
      const forgeNow = await entry.opened;
      if (!entry.reader.isTold) entry.opened = undefined;
      return forgeNow;
    },
    forget(id) {
      entries.get(id)?.reader.close();
      entries.delete(id);
    },
    close() {
      for (const { reader } of entries.values()) reader.close();
      entries.clear();
    },
  };
}
