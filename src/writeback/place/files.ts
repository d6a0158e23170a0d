import { plumbError } from '../../errors.ts';
import type { FileChange } from '../../git/index.ts';
import type { FileTree } from '../../render/index.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A file that is to be edited. */
export interface TextFile {
  /** Where it lies: links on the way are followed. */
  readonly path: string;
  readonly text: string;
}

/**
 * The text of a file.
 * @throws PlumbError `writeback.cannot-place` where it is not there, is no text, or lies in no commit
 */
export async function readText(tree: FileTree, path: string): Promise<TextFile> {
  const where = { file: path };
  if (path.startsWith('$')) {
    throw plumbError('writeback.cannot-place', 'the file belongs to another source', { where });
  }
  if ((await tree.madeOf?.(path)) !== undefined) {
    throw plumbError('writeback.cannot-place', 'the file is made, and lies in no commit', { where });
  }
  const content = await tree.read(path);
  if (content === undefined) throw plumbError('writeback.cannot-place', 'there is no such file', { where });
  try {
    return { path: (await tree.linksFollowed?.(path))?.at(-1) ?? path, text: utf8.decode(content) };
  } catch (cause) {
    throw plumbError('writeback.cannot-place', 'the file is no text in UTF-8', { where, cause });
  }
}

/** A file with another text; undefined removes it. */
export function textChange(path: string, text: string | undefined): FileChange {
  return { path, content: text === undefined ? undefined : Buffer.from(text) };
}
