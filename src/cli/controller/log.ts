import type { Log } from '../../controller/index.ts';
import type { CliContext } from '../context.ts';
import type { Colors } from '../output/colors.ts';

/** The ways in which the controller's log is written. */
export const logFormats = ['text', 'json'] as const;

/** How the controller's log is written: lines for a person, or JSON for a log collector. */
export type LogFormat = (typeof logFormats)[number];

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

type Fields = Readonly<Record<string, unknown>>;

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[\s"=]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text;
}

function textLog(context: CliContext, colors: Colors, least: Level): Log {
  const paint: Readonly<Record<Level, (text: string) => string>> = {
    debug: colors.dim,
    info: colors.cyan,
    warn: colors.yellow,
    error: colors.red,
  };
  const at =
    (level: Level) =>
    (fields: Fields, message: string): void => {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      const time = context.now().toISOString().slice(11, 23);
      const shown = Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${colors.dim(`${name}=`)}${valueText(value)}`);
      context.stderr.write(`${[colors.dim(time), paint[level](level.padEnd(5)), message, ...shown].join(' ')}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

async function jsonLog(context: CliContext, least: Level): Promise<Log> {
  const { pino } = await import('pino');
  const logger = pino(
    { level: least, base: null, timestamp: () => `,"time":"${context.now().toISOString()}"` },
    { write: (line: string) => context.stderr.write(line) },
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** The log of a controller, on standard error. `-v` shows what it does in detail, `--quiet` only what goes wrong. */
export async function createLog(
  context: CliContext,
  colors: Colors,
  options: { readonly format: LogFormat; readonly verbose: number; readonly quiet: boolean },
): Promise<Log> {
  const least: Level = options.quiet ? 'warn' : options.verbose > 0 ? 'debug' : 'info';
  return options.format === 'json' ? jsonLog(context, least) : textLog(context, colors, least);
}
