import { gzipSync } from 'node:zlib';
import { packTar, type TarHeader } from 'modern-tar';

/** A text for a file, or a whole entry of its own. */
export type TarContent = string | (Partial<TarHeader> & { readonly body?: string });

/** A tar archive of these entries, all of the same time. */
export function tarOf(entries: Readonly<Record<string, TarContent>>): Promise<Uint8Array> {
  return packTar(
    Object.entries(entries).map(([name, content]) => {
      const { body = '', ...header } = typeof content === 'string' ? { body: content } : content;
      return { header: { name, size: Buffer.byteLength(body), mtime: new Date(0), ...header }, body };
    }),
  );
}

/** The same, compressed. */
export async function tarGzOf(entries: Readonly<Record<string, TarContent>>): Promise<Uint8Array> {
  return gzipSync(await tarOf(entries));
}
