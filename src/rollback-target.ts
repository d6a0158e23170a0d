import { type ErrorCode, plumbError } from './errors.ts';

/** What is known of an Application that shall go back. */
export interface Rollbackable {
  readonly name: string;
  /** That of each source, with commas between them. */
  readonly revision: string;
  /** The newest first. */
  readonly history: readonly { readonly revision: string; readonly outcome: string }[];
}

/**
 * The commit to go back to: the one given, by its beginning if the history knows it, else the last other one that
 * worked.
 * @param unclear the code of a revision that is none
 * @throws PlumbError `cli.no-earlier-revision`, or `unclear`
 */
export function rollbackTarget(application: Rollbackable, given: string | undefined, unclear: ErrorCode): string {
  const { name, revision: current, history } = application;
  const known = history.filter(({ outcome }) => outcome === 'Succeeded').map(({ revision }) => revision);
  if (given === undefined) {
    const target = known.find((revision) => revision !== current);
    if (target !== undefined) return target;
    throw plumbError('cli.no-earlier-revision', `${name} has been at no other commit that the history knows`);
  }
  const matching = [...new Set(known.filter((revision) => revision.startsWith(given.toLowerCase())))];
  if (matching.length === 1 && matching[0] !== undefined) return matching[0];
  if (matching.length > 1)
    throw plumbError(unclear, `${given} is the beginning of several commits: ${matching.join(', ')}`);
  if (given.split(',').every((each) => /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(each))) return given.toLowerCase();
  throw plumbError(unclear, `${given} is neither a full commit id nor the beginning of one in the history`, {
    hint: `See \`plumb history ${name}\`.`,
  });
}
