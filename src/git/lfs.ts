const pointerStart = Buffer.from('version https://git-lfs.github.com/spec/v1\n');
/** The specification of LFS says that a pointer is smaller. */
const pointerLimit = 1024;

/** Whether the bytes are the pointer that Git LFS leaves in the place of a file. */
export function isLfsPointer(bytes: Buffer): boolean {
  return bytes.length < pointerLimit && bytes.subarray(0, pointerStart.length).equals(pointerStart);
}

/** Whether a render makes something of the file. Of a picture in a chart, the pointer does as well as the picture. */
export function isInterpreted(path: string): boolean {
  return /\.(?:ya?ml|json|jsonnet|libsonnet|tpl|tgz|toml|properties|env)$/i.test(path);
}
