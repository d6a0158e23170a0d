import { printable } from '../../git/index.ts';
import type { AuditEntryView, FileDiffView } from '../../writeback/index.ts';
import { age } from '../output/age.ts';
import type { Colors } from '../output/colors.ts';
import { formatTable } from '../output/table.ts';

/** How entries are shown. */
export interface ShowOptions {
  readonly wide: boolean;
  readonly now: Date;
  readonly colors: Colors;
}

const shortHash = 12;

/** Entries as a table: who did what, and why. Whatever a commit says is shown without what moves a cursor. */
export function formatEntries(entries: readonly AuditEntryView[], { wide, now, colors }: ShowOptions): string {
  const signed = entries.some(({ signature }) => signature !== undefined);
  const headings = ['COMMIT', 'AGE', 'USER', 'ACTION', 'MESSAGE'];
  const rows = entries.map((entry) => [
    colors.yellow(wide ? entry.hash : entry.hash.slice(0, shortHash)),
    age(entry.committerWhen, now),
    printable(entry.user ?? entry.authorName),
    printable(entry.action ?? '-'),
    printable(entry.message === '' ? '-' : entry.message),
    ...(wide
      ? [
          entry.committerWhen,
          printable(`${entry.authorName} <${entry.authorEmail}>`),
          printable(`${entry.committerName} <${entry.committerEmail}>`),
          String(entry.files.length),
        ]
      : []),
    ...(signed ? [signatureOf(entry, wide, colors)] : []),
  ]);
  const more = [...(wide ? ['COMMITTED', 'AUTHOR', 'COMMITTER', 'FILES'] : []), ...(signed ? ['SIGNATURE'] : [])];
  return formatTable([...headings, ...more], rows);
}

const grades: Readonly<Record<string, string>> = {
  G: 'good',
  B: 'bad',
  U: 'unknown key',
  X: 'expired',
  Y: 'expired key',
  R: 'revoked key',
  E: 'cannot be told',
  N: 'none',
};

/** Who signed, where the signature is good; and with `-o wide` the key, which nobody else can call itself. */
function signatureOf({ signature }: AuditEntryView, wide: boolean, colors: Colors): string {
  if (signature === undefined) return '-';
  const { grade, signer, key } = signature;
  const words = grades[grade] ?? grade;
  if (grade !== 'G') return colors.red(words);
  const whose = [signer, wide ? key : undefined].filter((each) => each !== undefined).map(printable);
  return colors.green([words, ...whose].join(', '));
}

/** Diffs as Git shows them, with colours for people. */
export function formatDiffs(diffs: readonly FileDiffView[], colors: Colors): string {
  return diffs
    .map(({ fileName, changeType, diff, note }) => {
      const head = colors.bold(`${changeType} ${printable(fileName)}${note === undefined ? '' : ` (${note})`}`);
      return `${[
        head,
        ...clean(diff)
          .split('\n')
          .slice(0, -1)
          .map((line) => painted(line, colors)),
      ].join('\n')}\n`;
    })
    .join('\n');
}

function painted(line: string, { cyan, green, red, bold }: Colors): string {
  if (line.startsWith('+++') || line.startsWith('---')) return bold(line);
  if (line.startsWith('@@')) return cyan(line);
  if (line.startsWith('+')) return green(line);
  return line.startsWith('-') ? red(line) : line;
}

/** Files hold anything: what would move the cursor of a terminal is not sent to it. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
