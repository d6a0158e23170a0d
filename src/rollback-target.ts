import { type ErrorCode, plumbError } from './errors.ts';

/** What is known of an Application that shall go back. */
export interface Rollbackable {
  readonly name: string;
  /** That of each source, with commas between them. */
  readonly revision: string;
  /** The newest first. */
  readonly history: readonly { readonly revision: string; readonly outcome: string }[];
}

/** How many digits the number of an entry has at most; a commit is never meant by so few. */
const entryPattern = /^[1-9]\d?$/;
const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64})$/i;

/**
 * The commit to go back to: that of an entry of the history, by its number (1 is the newest) or by the beginning of its id;
 * or any other by its full id. Without anything, that of the last other sync that worked.
 * @param unclear the code of a revision that is none
 * @throws PlumbError `cli.no-earlier-revision`, or `unclear`
 */
export function rollbackTarget(application: Rollbackable, given: string | undefined, unclear: ErrorCode): string {
  const { name, revision: current, history } = application;
  if (given === undefined) {
    const target = history.find(({ outcome, revision }) => outcome === 'Succeeded' && revision !== current);
    if (target !== undefined) return target.revision;
    throw plumbError('cli.no-earlier-revision', `${name} has been at no other commit that the history knows`);
  }
  const hint = `See \`plumb history ${name}\`.`;
  if (entryPattern.test(given)) {
    const entry = history[Number(given) - 1];
    if (entry !== undefined) return entry.revision;
    throw plumbError(unclear, `the history has ${history.length} entries, and no number ${given}`, { hint });
  }
  const known = history.map(({ revision }) => revision);
  const matching = [...new Set(known.filter((revision) => revision.startsWith(given.toLowerCase())))];
  if (matching.length === 1 && matching[0] !== undefined) return matching[0];
  if (matching.length > 1)
    throw plumbError(unclear, `${given} is the beginning of several commits: ${matching.join(', ')}`);
  if (given.split(',').every((each) => commitPattern.test(each))) return given.toLowerCase();
  throw plumbError(unclear, `${given} is neither a full commit id nor the beginning of one in the history`, { hint });
}
