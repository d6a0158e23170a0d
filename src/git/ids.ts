declare const kind: unique symbol;
type Branded<Kind extends string> = string & { readonly [kind]: Kind };

/** Full id of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits. */
export type CommitId = Branded<'commit'>;

/** Full id of a tree: a folder and everything in it. Equal ids mean equal content. */
export type TreeId = Branded<'tree'>;

/** Full id of a blob: the bytes of one file. Equal ids mean equal content. */
export type BlobId = Branded<'blob'>;

/** The id of any object. */
export type ObjectId = CommitId | TreeId | BlobId;

const fullId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether a text is a full object id: no abbreviation, no upper case. */
export function isObjectId(text: string): boolean {
  return fullId.test(text);
}

/** The text as a commit id, or undefined where it is none. */
export function asCommitId(text: string): CommitId | undefined {
  return isObjectId(text) ? (text as CommitId) : undefined;
}

/** The text as a tree id, or undefined where it is none. */
export function asTreeId(text: string): TreeId | undefined {
  return isObjectId(text) ? (text as TreeId) : undefined;
}
