// Starting other programs: quietly with a log, or in place of this one.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { root } from './paths.mjs';

/**
 * Runs a program to its end. Its output goes to the log file, or is returned where none is given.
 * Never throws for a bad exit: the caller says what it means.
 * @returns {Promise<{code: number, output: string}>} code 127 where the program does not exist
 */
export function run(program, args, { cwd = root, env = process.env, log, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let file;
    if (log !== undefined) {
      mkdirSync(dirname(log), { recursive: true });
      file = createWriteStream(log, { flags: 'a' });
    }
    let output = '';
    const take = (data) => {
      output = (output + data).slice(-4_000_000);
      file?.write(data);
      onLine?.(String(data));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const stop = (signal) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const finish = (code) => {
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
      file?.end();
      resolve({ code, output });
    };
    child.on('error', (error) => finish(error.code === 'ENOENT' ? 127 : 126));
    child.on('close', (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** The last lines of a log, for a failure's message. */
export function tailOf(log, lines = 20) {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/**
 * Runs a program in the foreground: it has the terminal, gets the signals, and its end is ours.
 * The message channel tells it, by closing, that this process is gone, also after a SIGKILL.
 * @returns {Promise<number>} its exit code
 */
export function foreground(program, args, { env = process.env, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of signals) process.removeListener(name, forward);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
