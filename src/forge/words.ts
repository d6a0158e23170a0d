/** Cuts a line to so many characters; what was cut shows as an ellipsis. */
export function cutLine(text: string, limit: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${whole(line.slice(0, limit - 1))}…`;
}

/** Cuts text to so many characters; where it does, the last paragraph says so. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const note = '\n\n… cut: the forge takes no longer comment.';
  return `${whole(text.slice(0, Math.max(0, limit - note.length)))}${note}`;
}

/** Without half a character at the end. */
function whole(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}

/** A mark that Markdown with HTML in it shows to nobody. */
export function hiddenMark(mark: string): string {
  return `<!-- plumbline: ${markText(mark)} -->`;
}

function markText(mark: string): string {
  return mark.replaceAll(/[^\w./@:-]/g, '-').replaceAll('--', '-');
}

/** A comment as it is sent: its text, cut to the limit, and the mark by which it is found again. */
export function markedBody(mark: string, body: string, limit: number): string {
  return `${cutText(body.trimEnd(), limit - mark.length - 2)}\n\n${mark}`;
}

/** Whether two texts are the same to a forge, which may end lines in its own way. */
export function sameText(left: string, right: string): boolean {
  return normal(left) === normal(right);
}

function normal(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}

/** As `hiddenMark`, for Markdown that shows HTML as it is written: a reference that nothing refers to is shown to nobody. */
export function referenceMark(mark: string): string {
  return `[//]: # (plumbline: ${markText(mark)})`;
}
