import type { Log } from './types.ts';

/** A log of one JSON object in each line. */
export function jsonLog(stream: { write(text: string): unknown }): Log {
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      stream.write(`${JSON.stringify({ level, time: new Date().toISOString(), message, ...fields })}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
