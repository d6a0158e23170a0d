import type { KubeObject, ObjectKey } from '../../object.ts';
import type { FileDiff, PatchType } from '../../writeback/index.ts';
import type { ChangeResult, ChangeUser } from '../changes/types.ts';

/** Which object of an Application is meant; without a namespace the only one of its kind and name. */
export type AppObjectName = Pick<ObjectKey, 'group' | 'kind' | 'name'> & { readonly namespace?: string };

/** What is to become of one object of an Application. */
export type AppObjectChange =
  | {
      /** `create`: it must not be there. `replace`: it must be. `put`: either. */
      readonly verb: 'create' | 'replace' | 'put';
      readonly object: KubeObject;
      /** The version that was seen, as the `ETag` of the object; `*` for any. */
      readonly ifMatch?: string;
    }
  | {
      readonly verb: 'patch';
      readonly name: AppObjectName;
      readonly type: PatchType;
      readonly patch: unknown;
      readonly ifMatch?: string;
    }
  | {
      readonly verb: 'delete';
      readonly name: AppObjectName;
      readonly ifMatch?: string;
      /** True: that it is not there is no error. */
      readonly ifThere?: boolean;
    };

/** A change of some objects of one Application; they become one commit. */
export interface AppChangeRequest {
  readonly namespace: string;
  /** Name of the Application. */
  readonly application: string;
  readonly user: ChangeUser;
  readonly changes: readonly AppObjectChange[];
  /** `pullRequest` where the Application would commit; never the other way round. */
  readonly mode?: 'commit' | 'pullRequest';
  /** `Action` of the commit: `create`, `update` or `delete` where left out. */
  readonly action?: string;
  /** `Message` of the commit. */
  readonly message?: string;
  /** Who sends the same key again gets the same Operation, and nothing is done twice. */
  readonly idempotencyKey?: string;
  /** Tries everything, and commits nothing. */
  readonly dryRun?: boolean;
}

/** What became of a change of objects of an Application. */
export interface AppChangeResult extends ChangeResult {
  /** URL of the repository, and the branch; undefined where the Operation was there already. */
  readonly repository?: string;
  readonly branch?: string;
  /** The commit that it was made upon when it was asked for: for `ifMatch` of whoever goes on from there. */
  readonly base?: string;
  /** What changes in which file. */
  readonly diffs?: readonly FileDiff[];
  /** What is written where, for people. */
  readonly explanation?: string;
}
