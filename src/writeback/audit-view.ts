import type { AuditEntry, AuditFile } from './audit.ts';
import type { FileDiff } from './file-diff.ts';
import type { Verdict } from '../git/index.ts';

/** A link to the forge, where one is known. */
interface Linked {
  readonly link?: string;
}

/** An entry of an audit log as programs get it, with the names that Seldon Enterprise Platform gives its fields. */
export interface AuditEntryView {
  hash: string;
  parents: string[];
  authorName: string;
  authorEmail: string;
  authorWhen: string;
  committerName: string;
  committerEmail: string;
  committerWhen: string;
  action?: string;
  message: string;
  user?: string;
  userEmail?: string;
  files: TouchedFileView[];
  link?: string;
  signature?: SignatureView;
}

/** A file that a commit touched. */
export interface TouchedFileView {
  fileName: string;
  previousFileName?: string;
  changeType: FileDiff['change'];
  link?: string;
}

/** What became of a file. */
export interface FileDiffView extends TouchedFileView {
  diff: string;
  note?: string;
}

/** What Git says of a signature. */
export type SignatureView = Pick<Verdict, 'grade' | 'key' | 'signer' | 'detail'>;

/** An entry as programs get it. */
export function viewEntry(
  entry: Omit<AuditEntry, 'files'> & Linked & { readonly files: readonly (AuditFile & Linked)[] },
): AuditEntryView {
  const { commit, parents, author, committer, action, message, user, files, link, signature } = entry;
  return {
    hash: commit,
    parents: [...parents],
    authorName: author.name,
    authorEmail: author.email,
    authorWhen: author.at.toISOString(),
    committerName: committer.name,
    committerEmail: committer.email,
    committerWhen: committer.at.toISOString(),
    ...(action === undefined ? {} : { action }),
    message,
    ...(user === undefined ? {} : { user: user.name, userEmail: user.email }),
    files: files.map(viewFile),
    ...(link === undefined ? {} : { link }),
    ...(signature === undefined ? {} : { signature: viewSignature(signature) }),
  };
}

/** A diff as programs get it. */
export function viewDiff(file: FileDiff & Linked): FileDiffView {
  return { ...viewFile(file), diff: file.diff, ...(file.note === undefined ? {} : { note: file.note }) };
}

function viewFile({ path, from, change, link }: AuditFile & Linked): TouchedFileView {
  return {
    fileName: path,
    ...(from === undefined ? {} : { previousFileName: from }),
    changeType: change,
    ...(link === undefined ? {} : { link }),
  };
}

function viewSignature({ grade, key, signer, detail }: Verdict): SignatureView {
  return {
    grade,
    ...(key === undefined ? {} : { key }),
    ...(signer === undefined ? {} : { signer }),
    ...(detail === undefined ? {} : { detail }),
  };
}
