export type { History } from './history.ts';
export type { BlobId, CommitId, TreeId } from './ids.ts';
export { asCommitId, asTreeId } from './ids.ts';
export type { Signature } from './commit.ts';
export type { PathChange } from './changes.ts';
export { type Clone, openClone } from './clone.ts';
export type {
  BearerCredentials,
  Connection,
  Credentials,
  HttpsCredentials,
  IssuedCredentials,
  SshCredentials,
} from './credentials.ts';
export type { Limits } from './limits.ts';
export { defaultLimits } from './limits.ts';
export type { FetchOutcome } from './fetch-and-compare.ts';
export type { Mirror, MirrorOptions } from './mirror.ts';
export { openMirror, sweepMirrors } from './open-mirror.ts';
export type { Resolved } from './resolve.ts';
export type { RefSelector } from './selector.ts';
export type { TreeCache } from './tree-cache.ts';
export { createTreeCache } from './tree-cache.ts';
export type { TreeListing, TreeReader, TreeStat } from './tree-reader.ts';
export type { RepositoryUrl, Transport, UrlOptions } from './url.ts';
export { parseRepositoryUrl, redactUrl } from './url.ts';
export { findRewind } from './rewind.ts';
export type { SignedBy, Verification, VerifyMode, VerifyRequest } from './verify.ts';
export type { VerificationKeys } from './verify-keys.ts';
export { parseVerificationKeys } from './verify-keys.ts';
export { verifyClone } from './verify-clone.ts';
export { isUrlPrefix, prefixLength } from './url-prefix.ts';
export type { Commit } from './commit.ts';
export type { FileEdit } from './commit-files.ts';
export type { FileHistory } from './file-history.ts';
export type { PathHistory } from './follow-renames.ts';
export type { StoredFile } from './list-files.ts';
export { mergeText, type ThreeTexts } from './merge-text.ts';
export type { Touch } from './touching.ts';
export { type Grade, printable, type Verdict } from './verify-verdict.ts';
export { isWithin } from './within.ts';
export type { FileChange } from './edit-tree.ts';
export type { MadeCommit, NewCommit } from './new-commit.ts';
export type { NewTip, PushOutcome } from './push.ts';
export type { SigningKey } from './signing-key.ts';
export type { Transfer } from './transfer.ts';
export type { TrailerSearch } from './trailers.ts';
