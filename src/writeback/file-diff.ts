import { createTwoFilesPatch } from 'diff';
import { maskTexts } from './masked-text.ts';

/** A file on both sides. */
export interface FileSides {
  readonly path: string;
  /** The path that it had before, where that was another one. */
  readonly from?: string;
  /** Undefined: there was no file. */
  readonly before: Uint8Array | undefined;
  /** Undefined: there is no file any more. */
  readonly after: Uint8Array | undefined;
}

/** What became of a file, for people: never a value of a Secret. */
export interface FileDiff {
  readonly path: string;
  readonly from?: string;
  readonly change: 'added' | 'removed' | 'modified' | 'renamed';
  /** A unified diff with three lines around each change; empty where nothing can be shown. */
  readonly diff: string;
  /** Why the diff does not hold all of it: values of Secrets are masked, or the file is none that is shown. */
  readonly note?: string;
}

/** More changed lines than that are no reading matter, and take long to find. */
const mostEdits = 20_000;
const mostBytes = 4 * 1024 * 1024;

/** A unified diff of one file, with the values of Secrets masked. */
export function diffFile({ path, from, before, after }: FileSides): FileDiff {
  const change =
    before === undefined
      ? 'added'
      : after === undefined
        ? 'removed'
        : from !== undefined && from !== path
          ? 'renamed'
          : 'modified';
  const head = { path, ...(from === undefined || from === path ? {} : { from }), change } as const;
  if (isBinary(before) || isBinary(after)) return { ...head, diff: '', note: 'the file is not text' };
  if (tooLarge(before) || tooLarge(after)) return { ...head, diff: '', note: 'the file is too large to be shown' };
  const shown = maskTexts(path, { before: textOf(before), after: textOf(after) });
  const notes = { values: 'values of Secrets are masked', all: 'the file may hold secrets, and is not shown' } as const;
  const note = shown.masked === undefined ? {} : { note: notes[shown.masked] };
  if ((shown.before ?? '') === (shown.after ?? '')) return { ...head, diff: '', ...note };
  const text = createTwoFilesPatch(
    before === undefined ? '/dev/null' : `a/${from ?? path}`,
    after === undefined ? '/dev/null' : `b/${path}`,
    shown.before ?? '',
    shown.after ?? '',
    undefined,
    undefined,
    { context: 3, maxEditLength: mostEdits },
  );
  if (text === undefined) return { ...head, diff: '', note: 'too many lines differ to be shown' };
  return { ...head, diff: text.replace(/^=+\n/, ''), ...note };
}

function textOf(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : Buffer.from(content).toString('utf8');
}

function isBinary(content: Uint8Array | undefined): boolean {
  return content !== undefined && Buffer.from(content.subarray(0, 8000)).includes(0);
}

function tooLarge(content: Uint8Array | undefined): boolean {
  return content !== undefined && content.length > mostBytes;
}
