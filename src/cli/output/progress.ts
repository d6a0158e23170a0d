import { stripVTControlCharacters } from 'node:util';
import type { CliContext } from '../context.ts';
import { humanDuration } from './age.ts';
import type { Colors } from './colors.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMilliseconds = 100;

/** Shows on standard error what a command is waiting for. */
export interface Progress {
  /** What is going on now; the step before it is done. */
  step(text: string): void;
  /** More about the step under way, such as `3 of 7 objects`. */
  detail(text: string): void;
  /** A line that stays, above the moving one. */
  note(text: string): void;
  /** The last step is done. */
  done(): void;
  /** The last step came to nothing; the problems follow. */
  failed(): void;
}

/**
 * On a terminal one line with a spinner and the time taken; elsewhere a plain line when a step begins
 * and whenever its detail changes. Silent with `--quiet`.
 */
export function createProgress(context: CliContext, colors: Colors, quiet: boolean): Progress {
  if (quiet) return { step: ignore, detail: ignore, note: ignore, done: ignore, failed: ignore };
  return context.stderr.isTerminal ? movingProgress(context, colors) : plainProgress(context);
}

function ignore(): void {
  // Nothing is shown.
}

function plainProgress({ stderr }: CliContext): Progress {
  let step: string | undefined;
  let last = '';
  return {
    step(text) {
      step = text;
      last = text;
      stderr.write(`${text}\n`);
    },
    detail(text) {
      const line = step === undefined ? text : `${step}: ${text}`;
      if (line === last) return;
      last = line;
      stderr.write(`${line}\n`);
    },
    note: (text) => stderr.write(`${text}\n`),
    done: ignore,
    failed: ignore,
  };
}

function movingProgress(context: CliContext, colors: Colors): Progress {
  const { stderr } = context;
  let timer: NodeJS.Timeout | undefined;
  let startedAt = 0;
  let step = '';
  let detail = '';

  const elapsed = () => humanDuration(context.now().getTime() - startedAt);
  const draw = () => {
    const frame = frames[Math.floor(context.now().getTime() / frameMilliseconds) % frames.length] ?? '';
    const line = `${frame} ${step}${detail === '' ? '' : `: ${detail}`} ${elapsed()}`;
    // A line that wraps could not be redrawn.
    stderr.write(`\r\u001B[K${stripVTControlCharacters(line).slice(0, stderr.columns - 1)}`);
  };
  const end = (mark: string | undefined) => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    stderr.write('\r\u001B[K');
    if (mark !== undefined) stderr.write(`${mark} ${step} ${colors.dim(elapsed())}\n`);
  };
  return {
    step(text) {
      end(colors.green('✓'));
      step = text;
      detail = '';
      startedAt = context.now().getTime();
      timer = setInterval(draw, frameMilliseconds);
      timer.unref();
      draw();
    },
    detail(text) {
      detail = text;
    },
    note(text) {
      if (timer !== undefined) stderr.write('\r\u001B[K');
      stderr.write(`${text}\n`);
      if (timer !== undefined) draw();
    },
    done: () => end(colors.green('✓')),
    failed: () => end(colors.red('✗')),
  };
}
