/**
 * Text in which no line is a command to GitLab: it carries out lines such as `/merge` or `/close` in descriptions and
 * comments, with the rights of whoever writes them. What is rendered of a repository must not become one.
 */
export function withoutQuickActions(text: string): string {
  return text.replaceAll(/^(\s*)\//gm, String.raw`$1\/`);
}
