/** How a scalar is written down. */
export type ScalarStyle = 'plain' | 'single' | 'double';

/** What readers of YAML 1.1, of YAML 1.2 or the libraries of Go take for something else than text. */
const otherThanText = [
  /^(?:y|yes|n|no|true|false|on|off|null|~)$/i,
  /^[-+]?\.(?:inf|nan)$/i,
  /^(?:=|<<|---.*|\.\.\.)$/,
  /^[-+]?\.?\d[\dA-Fa-fxXoO_.,:TtZz eE+-]*$/,
];

/** Looks like a number, and is none to anyone: `1.2.3`, `10.0.0.1`. */
const version = /^\d+(?:\.\d+){2,}$/;

// What no reader takes without an escape: control characters, separators of lines, and halves of characters.
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufeff]/u;

/** A scalar in one line. Text keeps the style that is asked for where it can stand in it. */
export function writeScalar(value: null | boolean | number | string, style: ScalarStyle, flow: boolean): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (style === 'plain' && isPlain(value, flow)) return value;
  return style === 'single' && !unprintable.test(value) ? `'${value.replaceAll("'", "''")}'` : writeQuoted(value);
}

/** Text between double quotes, right in YAML and in JSON. */
export function writeQuoted(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether a text can stand without quotes, and stays this text for every reader. */
export function isPlain(value: string, flow: boolean): boolean {
  if (value === '' || value !== value.trim() || unprintable.test(value)) return false;
  if (/^[?:,[\]{}#&*!|>'"%@`]/.test(value) || /^-(?:\s|$)/.test(value)) return false;
  if (/:(?:\s|$)|\s#/.test(value)) return false;
  if (flow && /[,[\]{}]|:["']|^-/.test(value)) return false;
  return version.test(value) || !otherThanText.some((pattern) => pattern.test(value));
}

/** The header and the lines, not yet indented, of a text as a literal block; undefined where it cannot be one. */
export function literalBlock(
  value: string,
): { readonly header: string; readonly lines: readonly string[] } | undefined {
  if (!value.includes('\n') || unprintable.test(value.replaceAll(/[\n\t]/g, ''))) return undefined;
  const lines = value.split('\n');
  const ended = lines.at(-1) === '';
  if (ended) lines.pop();
  const first = lines.find((line) => line !== '');
  // A first line that begins with a blank needs its indentation told, and one of blanks alone at the end may get lost.
  if (first === undefined || /^\s/.test(first) || lines.at(-1)?.trim() === '') return undefined;
  return { header: ended ? '|' : '|-', lines };
}
