#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=8
import { ExitRequest } from './context.ts';
import type { CliContext, Output } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { runCli } from './run.ts';

/** A second Ctrl-C so long after the first one no longer waits for an orderly end. */
const impatienceMilliseconds = 1000;

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : 100;
    },
  };
}

/** Aborts on the first signal or the end of the parent; leaves at once on a second one. */
function signalFromOutside(): AbortSignal {
  const controller = new AbortController();
  let stoppedAt: number | undefined;
  const stop = (exitCode: number) => {
    const now = Date.now();
    // npm and the terminal may both pass the same Ctrl-C on.
    if (stoppedAt !== undefined && now - stoppedAt > impatienceMilliseconds) process.exit(exitCode);
    stoppedAt ??= now;
    controller.abort(new ExitRequest(exitCode));
  };
  process.on('SIGINT', () => stop(exitCodes.interrupted));
  process.on('SIGTERM', () => stop(exitCodes.terminated));
  process.on('SIGHUP', () => stop(exitCodes.terminated));
  // The scripts start this program with a message channel that closes when they are gone, even killed.
  process.on('disconnect', () => stop(exitCodes.terminated));
  process.channel?.unref();
  return controller.signal;
}

// A reader that has seen enough (`| head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
}

/** Asks on standard error, so that standard output stays for a program. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

const signal = signalFromOutside();
const context: CliContext = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  env: process.env,
  cwd: process.cwd(),
  signal,
  now: () => new Date(),
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
};

process.exitCode = await runCli(process.argv.slice(2), context);
