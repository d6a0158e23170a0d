/** A commit, as far as it tells which write it is for. */
export interface WrittenCommit {
  readonly commit: string;
  /** `Message` of its subject. */
  readonly message: string;
  /** `Author` of its subject. */
  readonly author: string;
}

/** A write, as its sender knows it. */
export interface SentWrite {
  /** What its commit says in `Message`. */
  readonly id: string;
  /** Undefined where it was refused. */
  readonly commit: string | undefined;
  /** When the cluster held it. */
  readonly arrivedAt: number | undefined;
  readonly refusal: string | undefined;
}

/** Whether each write is in Git once. */
export interface OnceCount {
  readonly sent: number;
  readonly refused: number;
  /** Some of the answers that refused. */
  readonly refusals: readonly string[];
  /** Answered well, and in no commit. */
  readonly lost: number;
  /** In more than one commit. */
  readonly doubled: number;
  /** Answered with another commit than the one that holds them, or with none. */
  readonly misnamed: number;
  /** Refused, and in a commit all the same. */
  readonly stray: number;
  /** Answered well, and never seen in the cluster. */
  readonly missing: number;
  /** Commits under another name than the writer's. */
  readonly otherAuthors: number;
}

/** Compares what was answered with what Git holds. */
export function countOnce(sent: readonly SentWrite[], commits: readonly WrittenCommit[]): OnceCount {
  const byMessage = Map.groupBy(commits, ({ message }) => message);
  const found = sent.map((write) => ({ write, in: byMessage.get(write.id) ?? [] }));
  const well = found.filter(({ write }) => write.refusal === undefined);
  const refused = found.filter(({ write }) => write.refusal !== undefined);
  return {
    sent: sent.length,
    refused: refused.length,
    refusals: [...new Set(refused.flatMap(({ write }) => write.refusal ?? []))].slice(0, 5),
    lost: well.filter((each) => each.in.length === 0).length,
    doubled: found.filter((each) => each.in.length > 1).length,
    misnamed: well.filter(({ write, in: holders }) => holders.length === 1 && holders[0]?.commit !== write.commit)
      .length,
    stray: refused.filter((each) => each.in.length > 0).length,
    missing: well.filter(({ write }) => write.arrivedAt === undefined).length,
    otherAuthors: new Set(commits.map(({ author }) => author)).size - 1,
  };
}
