import type { CliContext } from '../context.ts';

/** Names that arguments and flags of a certain name may have, asked for when they are completed. */
type Source = (flags: Readonly<Record<string, string>>, context: CliContext) => Promise<readonly string[]>;

const sources: Readonly<Record<string, Source>> = {};

/** The names for an argument or flag, by its name; none where nothing is known or the cluster does not answer. */
export async function namesFor(
  name: string,
  flags: Readonly<Record<string, string>>,
  context: CliContext,
): Promise<readonly string[]> {
  const source = sources[name];
  if (source === undefined) return [];
  try {
    return await source(flags, context);
  } catch {
    // Completing is a courtesy: a cluster that is away must not print over the command line.
    return [];
  }
}
