import type { Forge } from '../../forge/index.ts';
import type { Mirror, Signature, VerificationKeys } from '../../git/index.ts';
import type { BranchWriter, NamespaceLayout } from '../../writeback/index.ts';
import type { FilesChange } from '../changes/submit-files.ts';
import type { PastPlace } from './types.ts';

/** A branch whose past is read, and that is written to. */
export interface PastBranch {
  readonly mirror: Pick<Mirror, 'url' | 'fetch' | 'past' | 'isAncestor' | 'tree'>;
  readonly writer: () => BranchWriter;
  /** The Application whose files they are; undefined for a namespace that Git maintains. */
  readonly target: Pick<FilesChange, 'application' | 'repository'> | undefined;
  /** The Application that renders the files, and the name of their Repository; undefined where they are the objects. */
  readonly renderedBy: { readonly application: string; readonly repository: string } | undefined;
  readonly branch: string;
  readonly mode: 'commit' | 'pullRequest';
  /** The service account: author and committer of every commit. */
  readonly committer: Pick<Signature, 'name' | 'email'>;
  /** Whether its commits are signed. */
  readonly signs: boolean;
  /** The namespace that the sync of the Application makes where it is missing. */
  readonly namespaceMade: string | undefined;
  /** Of a namespace; undefined for an Application, whose files are laid out as people like. */
  readonly layout: NamespaceLayout | undefined;
  /** The files and folders of all of it. */
  readonly paths: readonly [string, ...string[]];
  /** The commit that the last sync applied. */
  readonly synced: string | undefined;
  /** Pages for people; undefined where no forge is known. */
  readonly links: Forge['links'] | undefined;
  /** Whose signatures count; undefined where the Repository names no keys. */
  readonly keys: VerificationKeys | undefined;
}

/**
 * Opens the branch of a place for as long as the work lasts.
 * @throws PlumbError `controller.not-in-git`, `controller.gitops-*`, and those of the way to the repository
 */
export type UseBranch = <T>(
  place: PastPlace,
  work: (branch: PastBranch) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;
