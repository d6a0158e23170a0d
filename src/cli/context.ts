/** One of the two streams that a command writes to. */
export interface Output {
  write(text: string): void;
  /** True where a person looks on: colours and moving lines are welcome. */
  readonly isTerminal: boolean;
  /** Width in characters. */
  readonly columns: number;
}

/** What a command knows of the world outside: nothing is read from `process` anywhere else. */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the folder that relative paths start from. */
  readonly cwd: string;
  /** Aborted by Ctrl-C, SIGTERM and the end of the parent. */
  readonly signal: AbortSignal;
  now(): Date;
  /** Asks the person at the terminal and answers with the line; undefined where nobody is there. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Thrown in place of an exit code that is no error: the text has been written already. */
export class ExitRequest extends Error {
  override readonly name = 'ExitRequest';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** An error with an exit code of its own, as `diff` has for everything that goes wrong. */
export class FailedWith extends Error {
  override readonly name = 'FailedWith';
  readonly exitCode: number;

  constructor(exitCode: number, cause: unknown) {
    super(`failed with ${exitCode}`, { cause });
    this.exitCode = exitCode;
  }
}
