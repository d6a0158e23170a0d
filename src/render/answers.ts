import { operations, replies } from './protocol.ts';
import type { FileTree } from './types.ts';

/**
 * Answers one question of a running render from its tree, in the bytes of the protocol.
 * @param sent takes the ids of the files whose content went over
 */
export async function answer(files: FileTree, operation: number, path: string, sent: Set<string>): Promise<Uint8Array> {
  switch (operation) {
    case operations.stat: {
      const found = await files.stat(path);
      if (found === undefined) return Uint8Array.of(replies.missing);
      if (found.kind === 'directory') return Uint8Array.of(replies.directory);
      return Buffer.concat([Uint8Array.of(replies.file), Buffer.from(found.id)]);
    }
    case operations.read:
      return answerRead(files, path, sent);
    case operations.list: {
      const entries = await files.list(path);
      if (entries !== undefined) {
        const listing = entries.map(({ name, kind }) => ({ name, kind }));
        return Buffer.concat([Uint8Array.of(replies.directory), Buffer.from(JSON.stringify(listing))]);
      }
      return Uint8Array.of((await files.stat(path)) === undefined ? replies.missing : replies.file);
    }
    default:
      return failed('the renderer asked something that the host does not know');
  }
}

async function answerRead(files: FileTree, path: string, sent: Set<string>): Promise<Uint8Array> {
  const found = await files.stat(path);
  if (found === undefined) return Uint8Array.of(replies.missing);
  if (found.kind === 'directory') return Uint8Array.of(replies.directory);
  const content = await files.read(path);
  if (content === undefined) return failed('the file went away');
  sent.add(found.id);
  const id = Buffer.from(found.id);
  const head = Buffer.alloc(3);
  head.writeUInt8(replies.file);
  head.writeUInt16LE(id.length, 1);
  return Buffer.concat([head, id, content]);
}

/** The reply that ends a render, because its host could not read. */
export function failed(reason: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(replies.failed), Buffer.from(reason)]);
}
