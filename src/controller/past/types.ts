import type { OperationState } from '../../api/index.ts';
import type { ObjectKey } from '../../object.ts';
import type { AuditEntry, AuditFile, AuditFilter, FileDiff } from '../../writeback/index.ts';
import type { ChangeUser, SubmitOptions, SyncOutcome } from '../changes/types.ts';

/** What the past of is asked for. */
export type PastPlace =
  | {
      /** Objects of a namespace that Git maintains. */
      readonly kind: 'objects';
      readonly namespace: string;
      readonly objects: readonly [PastObject, ...PastObject[]];
      /** With all that lies in the folders of the objects, or the objects alone. */
      readonly sideObjects: boolean;
    }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | {
      /** The files of an Application: those that lie at its path, or its paths. */
      readonly kind: 'application';
      readonly namespace: string;
      readonly name: string;
      /** Name of the Repository, where its sources are of several. */
      readonly repository?: string;
    };

/** An object of the namespace that is named beside it. */
export type PastObject = Pick<ObjectKey, 'group' | 'kind' | 'name'>;

/** What is asked of a log. */
export interface LogRequest {
  readonly filter: AuditFilter;
  readonly limit: number;
  readonly cursor?: string;
  /** Tells what Git says of the signatures, by the keys that the Repository names. */
  readonly signatures: boolean;
}

/** An entry, with the page of the forge where people see it. */
export interface LogEntry extends Omit<AuditEntry, 'files'> {
  readonly link?: string;
  readonly files: readonly (AuditFile & { readonly link?: string })[];
}

/** One page of a log. */
export interface LogPage {
  /** URL of the repository. */
  readonly repository: string;
  readonly branch: string;
  readonly entries: readonly LogEntry[];
  readonly next?: string;
}

/** A diff of a file, with the page of the forge where people see the file. */
export type LinkedDiff = FileDiff & { readonly link?: string };

/** What one commit did. */
export interface PastDiff {
  readonly entry: LogEntry;
  readonly diffs: readonly LinkedDiff[];
  /** How many more files it touched than are told. */
  readonly more: number;
}

/** What differs between two commits. */
export interface PastDifference {
  readonly from: string;
  readonly to: string;
  readonly diffs: readonly LinkedDiff[];
  readonly more: number;
  /** The page of the forge that compares the two. */
  readonly link?: string;
}

/** A wish to put something back. */
export interface BackRequest {
  /** `restore`: to what it was at the commit. `revert`: as if the commit had not been. */
  readonly verb: 'restore' | 'revert';
  /** Full id of the commit. */
  readonly hash: string;
  readonly user: ChangeUser;
  /** `Action` of the commit; what is usual for it where left out. */
  readonly action?: string;
  /** `Message` of the commit; the hash is added where the words do not name it. */
  readonly message?: string;
  /** Who sends the same key again gets the same Operation, and nothing is done twice. */
  readonly idempotencyKey?: string;
  /** Tries everything, and commits nothing. */
  readonly dryRun: boolean;
  /** How the commit is followed to the cluster; until it is in Git where left out. */
  readonly wait?: Pick<SubmitOptions, 'wait' | 'waitMilliseconds'>;
}

/** What became of such a wish. */
export interface BackResult {
  /** Name of the Operation in the namespace; undefined where it was only tried. */
  readonly operation?: string | undefined;
  readonly state: OperationState | 'Tried';
  readonly commit?: string;
  readonly pullRequest?: { readonly number: number; readonly link: string };
  /** What changes in which file; undefined where the Operation was there already. */
  readonly diffs?: readonly FileDiff[];
  /** What the API server warned of. */
  readonly warnings: readonly string[];
  /** What became of it in the cluster, where that was waited for. */
  readonly sync?: SyncOutcome;
}

/** The past of what Git maintains, and the way back to it. Nothing here asks who asks: that is for the caller to do before. */
export interface Past {
  /** @throws PlumbError `writeback.cursor-invalid`, `controller.not-in-git`, and those of the way to the repository */
  log(place: PastPlace, request: LogRequest, signal: AbortSignal): Promise<LogPage>;
  /** What one commit did to the place. @throws PlumbError `git.ref-not-found` */
  diff(place: PastPlace, hash: string, signal: AbortSignal): Promise<PastDiff>;
  /**
   * What differs in the place between two commits.
   * @param from what the last sync applied where it is not given
   * @param to the tip of the branch where it is not given
   */
  between(
    place: PastPlace,
    range: { readonly from?: string; readonly to?: string },
    signal: AbortSignal,
  ): Promise<PastDifference>;
  /** @throws PlumbError `writeback.*`, `kube.*`, `git.*` */
  back(place: PastPlace, request: BackRequest, signal: AbortSignal): Promise<BackResult>;
}
