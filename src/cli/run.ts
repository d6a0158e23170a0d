import { CommanderError } from 'commander';
import { PlumbError, type Problem, problemsOf } from '../errors.ts';
import type { CliContext } from './context.ts';
import { ExitRequest, FailedWith } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { colorsFor } from './output/colors.ts';
import { formatProblems } from './output/problems.ts';
import { createProgram } from './program.ts';

/** Runs one command line, without the program's name, to its end. Answers its exit code; never throws. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    const program = await createProgram(context, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof ExitRequest) return error.exitCode;
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return report(error, args, context);
  }
}

function report(thrown: unknown, args: readonly string[], context: CliContext): number {
  const reason: unknown = context.signal.reason;
  // What was stopped by Ctrl-C is no failure to explain.
  if (context.signal.aborted && reason instanceof ExitRequest) return reason.exitCode;
  const error = thrown instanceof FailedWith ? thrown.cause : thrown;
  const problems = problemsOf(error);
  const colors = colorsFor(context, context.stderr, !args.includes('--no-color'));
  context.stderr.write(formatProblems(problems, colors));
  if (problems.some(({ code }) => code === 'internal') && error instanceof Error && !(error instanceof PlumbError)) {
    context.stderr.write(`${colors.dim(error.stack ?? '')}\n`);
  }
  return thrown instanceof FailedWith ? thrown.exitCode : exitCodeFor(problems);
}

function exitCodeFor(problems: readonly Problem[]): number {
  if (problems.every((problem) => problem.code === 'cli.usage')) return exitCodes.usage;
  if (problems.every((problem) => problem.code === 'timeout')) return exitCodes.timeout;
  return exitCodes.failed;
}
