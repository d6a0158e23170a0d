/** Calls back with the text of each `Warning` header (RFC 9111: code, agent, quoted text). */
export function tellWarnings(header: string | string[] | undefined, tell: ((text: string) => void) | undefined): void {
  if (tell === undefined || header === undefined) return;
  const seen = new Set<string>();
  for (const line of [header].flat()) {
    for (const [, quoted = ''] of line.matchAll(/(?:^|,\s*)\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)) {
      const text = quoted.replaceAll(/\\(.)/g, '$1');
      if (!seen.has(text)) tell(text);
      seen.add(text);
    }
  }
}
