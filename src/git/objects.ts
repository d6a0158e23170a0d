import type { Commit } from './commit.ts';
import type { BlobId, CommitId, TreeId } from './ids.ts';
import type { Tree } from './tree.ts';

/** Reads the objects of a mirror, by ids that are known to be in it. */
export interface Objects {
  /** @throws PlumbError `git.ref-not-found` where there is no such commit */
  commit(id: CommitId): Promise<Commit>;
  tree(id: TreeId): Promise<Tree>;
  /** @throws PlumbError `git.too-large` */
  blob(id: BlobId, path: string): Promise<Buffer>;
}
