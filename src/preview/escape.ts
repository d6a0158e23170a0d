/** Longest text that is shown within a line. */
const lineLimit = 400;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Characters that are not seen, or that turn the direction of the text, as what they are: nothing hides in a diff. */
function visible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(unseen, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** Any text as one line within the limit. */
function oneLine(text: string): string {
  const line = visible(text.replaceAll(/\s+/g, ' ').trim());
  return line.length <= lineLimit ? line : `${line.slice(0, lineLimit - 1).toWellFormed()}…`;
}

/** The longest row of backticks in a text. */
function longestTicks(text: string): number {
  let longest = 0;
  for (const [ticks] of text.matchAll(/`+/g)) longest = Math.max(longest, ticks.length);
  return longest;
}

/**
 * Any text as code within a line of Markdown: it makes no link, no mention, no reference and no HTML, and nothing in
 * it ends it.
 */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '` `';
  const ticks = '`'.repeat(longestTicks(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** The same within a cell of a table, which a bar would end. */
export function cell(text: string): string {
  return code(text.replaceAll(/[|\\]/g, '∣'));
}

/** A block of code: whatever its lines are, none of them ends it. */
export function fence(language: string, text: string): string {
  const body = text
    .split('\n')
    .map((line) => visible(line))
    .join('\n');
  const ticks = '`'.repeat(Math.max(3, longestTicks(body) + 1));
  return `${ticks}${language}\n${body}\n${ticks}`;
}

/** Any text within HTML. */
export function html(text: string): string {
  return oneLine(text).replaceAll(/[&<>"'@`\\[\]*_~|#:]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** A link whose text is code; the text alone where there is no address that can be linked to. */
export function link(text: string, address: string | undefined): string {
  if (address === undefined || !/^https?:\/\/[^\s<>()[\]\\`|"]+$/.test(address)) return code(text);
  return `[${code(text)}](${address})`;
}
