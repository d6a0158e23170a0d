import { stringify } from 'yaml';
import { plumbError } from '../../../errors.ts';
import type { FileTree } from '../../../render/index.ts';
import { documentsOf, editDocument } from '../edit/edit-document.ts';
import { applyEdits, isObject } from '../field-path.ts';
import type { FileChange } from '../types.ts';
import type { ValueEdit } from './value-file.ts';

/** The files of values with edits made in them; what need not change in them stays as it is. */
export async function writeValues(tree: FileTree, edits: readonly ValueEdit[]): Promise<readonly FileChange[]> {
  const files = [...new Set(edits.map(({ file }) => file))];
  return Promise.all(
    files.map(async (path) => {
      const content = await tree.read(path);
      const text = content === undefined ? '' : decode(content, path);
      const own = edits.filter(({ file }) => file === path);
      return { path, content: Buffer.from(withEdits(text, own)) };
    }),
  );
}

function decode(content: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw plumbError('writeback.cannot-place', 'the file is no UTF-8 text', { where: { file } });
  }
}

function withEdits(text: string, edits: readonly ValueEdit[]): string {
  const [first] = documentsOf(text);
  const isEmpty = first === undefined || (isObject(first.value) && Object.keys(first.value).length === 0);
  if (!isEmpty) return editDocument(text, 0, edits);
  // Nothing but comments, if that: the values come below.
  const comments = text.replace(/^\s*\{\s*\}[ \t]*$/m, '').trimEnd();
  const above = comments === '' ? '' : `${comments}\n`;
  return above + stringify(applyEdits({}, edits) ?? {});
}
