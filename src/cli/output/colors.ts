import picocolors from 'picocolors';
import type { CliContext, Output } from '../context.ts';

/** Functions that put a text into a colour, or leave it as it is where colours are off. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * Colours for a stream: on a terminal only, off with `--no-color` or NO_COLOR (any value that is not
 * empty, see no-color.org), on in any case with FORCE_COLOR.
 */
export function colorsFor(context: CliContext, stream: Output, wanted: boolean): Colors {
  const forced = (context.env['FORCE_COLOR'] ?? '') !== '' && context.env['FORCE_COLOR'] !== '0';
  const refused = !wanted || (context.env['NO_COLOR'] ?? '') !== '' || context.env['TERM'] === 'dumb';
  return picocolors.createColors(!refused && (forced || stream.isTerminal));
}
