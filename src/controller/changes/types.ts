import type { OperationState } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import type { User } from '../../kube/index.ts';
import type { KubeObject, ObjectKey } from '../../object.ts';
import type { PatchType } from '../../writeback/index.ts';

/** Who asks for a change, as Kubernetes knows them; the email goes into the commit. */
export interface ChangeUser extends User {
  readonly email?: string;
}

/** Which object is meant, in the namespace of the request. */
export type ObjectName = Pick<ObjectKey, 'group' | 'kind' | 'name'>;

/** What is to become of one object. */
export type ObjectChange =
  | {
      /** `create`: it must not be there. `replace`: it must be. `put`: either. */
      readonly verb: 'create' | 'replace' | 'put';
      readonly object: KubeObject;
      /** The version that was seen, as `etag` of a result; `*` for any. */
      readonly ifMatch?: string;
      /** A new file is written beside the one of this object. */
      readonly belongsTo?: ObjectName;
    }
  | {
      readonly verb: 'patch';
      readonly name: ObjectName;
      readonly type: PatchType;
      readonly patch: unknown;
      readonly ifMatch?: string;
    }
  | {
      readonly verb: 'delete';
      readonly name: ObjectName;
      readonly ifMatch?: string;
      /** True: that it is not there is no error. */
      readonly ifThere?: boolean;
    };

/** A change of some objects of one namespace; they become one commit. */
export interface ChangeRequest {
  readonly namespace: string;
  readonly user: ChangeUser;
  readonly changes: readonly ObjectChange[];
  /** `Action` of the commit: `create`, `update` or `delete` where left out. */
  readonly action?: string;
  /** `Message` of the commit. */
  readonly message?: string;
  /** Who sends the same key again gets the same Operation, and nothing is done twice. */
  readonly idempotencyKey?: string;
  /** Tries everything, and commits nothing. */
  readonly dryRun?: boolean;
}

/** By whom something is asked for, and how it is told from anything else that is asked for. */
export interface Asked extends Pick<ChangeRequest, 'namespace' | 'user' | 'idempotencyKey' | 'dryRun'> {
  /** The name of the Operation, where what is done names it. What failed, or was left behind, is then done again. */
  readonly operation?: string;
}

/** How a change is waited for. */
export interface SubmitOptions {
  readonly signal: AbortSignal;
  /** `synced`: until the cluster has it, or it is known that it will not; where left out, until it is in Git. */
  readonly wait?: 'synced';
  /** Milliseconds until waiting for the cluster is given up; two minutes where left out. */
  readonly waitMilliseconds?: number;
}

/** What became of one object. */
export interface ChangedObject {
  readonly key: ObjectKey;
  readonly change: 'created' | 'changed' | 'deleted' | 'unchanged';
  /** The object as it is now; undefined where it is gone. */
  readonly object: KubeObject | undefined;
}

/** What became of a change. */
export interface ChangeResult {
  /** Name of the Operation in the namespace; undefined where it was only tried. */
  readonly operation: string | undefined;
  readonly state: OperationState | 'Tried';
  /** The commit that holds the change. */
  readonly commit?: string;
  readonly pullRequest?: { readonly number: number; readonly link: string };
  /** Undefined where the Operation was there already. */
  readonly objects?: readonly ChangedObject[];
  /** What the API server warned of. */
  readonly warnings: readonly string[];
  /** What became of it in the cluster, where that was waited for. */
  readonly sync?: SyncOutcome;
}

/** What became of a commit in the cluster. */
export type SyncOutcome =
  | { readonly state: 'synced'; readonly revision: string }
  | { readonly state: 'failed'; readonly problems: readonly Problem[] }
  | { readonly state: 'waiting'; readonly message: string };
