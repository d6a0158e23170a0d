/** The exit codes of every command, for scripts. Documented in docs/cli.md. */
export const exitCodes = {
  /** Done. `diff`: no differences. */
  ok: 0,
  /** The work failed, and the problems were printed. */
  failed: 1,
  /** `diff`: there are differences, as diff(1) has it. */
  different: 1,
  /** The command line is wrong. */
  usage: 2,
  /** `diff` and `verify`: it could not be found out, as diff(1) has it. */
  trouble: 2,
  /** What was waited for did not come in time. */
  timeout: 3,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;

/** What each exit code means, for the reference. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'Done. `plumb diff`: no differences.'],
  [
    1,
    'Failed; the problems are on standard error. `plumb diff`: there are differences. `plumb verify`: something is refused.',
  ],
  [2, 'The command line is wrong. `plumb diff`, `plumb verify`: it could not be found out.'],
  [3, 'What was waited for did not come in time (`--timeout`).'],
  [130, 'Ended by Ctrl-C (SIGINT).'],
  [143, 'Ended by SIGTERM.'],
];
