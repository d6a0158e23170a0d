/** Who owns a path, by one rule. */
export interface Ownership {
  /** As the file writes them: `@user`, `@org/team`, `name@example.com`. At least one. */
  readonly owners: readonly string[];
  /** The rule, as the file writes it. */
  readonly pattern: string;
  /** Its line, from 1. */
  readonly line: number;
  /** The section that it stands in, where the dialect has any and it stands in one. */
  readonly section?: Section;
}

/** A section of a file on GitLab: each is asked for itself. */
export interface Section {
  readonly name: string;
  /** True where nobody has to approve. */
  readonly optional: boolean;
  /** So many of its owners have to approve. */
  readonly approvals: number;
}

/** A file with the owners of code. */
export interface CodeOwners {
  /**
   * Who owns a path of the repository. The rules that count: the last one that matches; on GitLab the last one of each
   * section; on Gitea all of them. None where nobody does.
   */
  ownersOf(path: string): readonly Ownership[];
  /** Lines that cannot be understood: the forge leaves them out, and so does this. */
  readonly problems: readonly LineProblem[];
}

/** A line that cannot be understood. */
export interface LineProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A line that says who owns what. */
export interface Rule {
  readonly line: number;
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
  /** Empty: nobody owns it, whatever an earlier rule says. */
  readonly owners: readonly string[];
}
