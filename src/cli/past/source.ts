import type { AuditEntryView, AuditFilter, FileDiffView } from '../../writeback/index.ts';

/** What of a log is wanted. */
export interface LogQuery {
  readonly filter: AuditFilter;
  readonly limit: number;
  readonly cursor?: string;
}

/** One page of a log. */
export interface LogPage {
  readonly items: readonly AuditEntryView[];
  readonly next?: string;
}

/** One commit with its diff. */
export interface OneCommit {
  readonly commit: AuditEntryView;
  readonly items: readonly FileDiffView[];
  readonly more: number;
}

/** Where an audit log is read: a server, or a clone. */
export interface LogSource {
  log(query: LogQuery): Promise<LogPage>;
  /** @param hash a full id, or the beginning of one */
  diff(hash: string): Promise<OneCommit>;
  close(): Promise<void>;
}
