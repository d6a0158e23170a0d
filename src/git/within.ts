/** Whether a path is another one or lies in it; the empty path is the root, in which all lies. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
