import { plumbError } from '../errors.ts';
import type { Signature } from './commit.ts';

/** A signature as it stands in a commit. What Git itself would leave out of names is left out. */
export function signatureLine({ name, email, at }: Signature): string {
  const seconds = Math.floor(at.getTime() / 1000);
  if (!Number.isSafeInteger(seconds) || seconds < 0)
    throw plumbError('git.commit-invalid', `the time of the commit is no date since 1970`);
  const plainName = cleanWords(name);
  if (plainName === '') throw plumbError('git.commit-invalid', 'the name of the author or committer is empty');
  return `${plainName} <${cleanWords(email)}> ${seconds} +0000`;
}

/** A name or an address as Git takes it: no brackets, no line breaks, nothing odd at its ends. */
export function cleanWords(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- a line break would begin another header
      .replaceAll(/[<>\u0000-\u001f\u007f]/g, '')
      .replaceAll(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '')
      .slice(0, 256)
  );
}
