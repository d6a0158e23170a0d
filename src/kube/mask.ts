import { isFields } from './decode.ts';

const masked = '***';
// What a field error says before the value: the value itself is JSON, Go's print of it, or bare.
const valueAfter =
  /((?:Invalid|Unsupported|Duplicate|Forbidden|Too (?:long|many)[^:]*) ?(?:value)?: )("(?:[^"\\]|\\.)*"|[^\s:,]+)(?=:|,|$)/g;
const quoted = /"(?:[^"\\]|\\.)*"|`[^`]*`|\{[^}]*\}/g;
const got = /(, got )(.+)$/gm;
// Quotes of these tell which rule spoke, not what the Secret holds.
const harmless = /(?:webhook|policy|binding|secrets|Secret|User|resource|group|namespace|conflict with) $/i;

/**
 * Takes the values of a Secret out of what the API server says about it. For any other kind the text stays.
 * The server quotes values in some of its messages, and admission webhooks may quote anything: so every quoted
 * value goes, and besides every value that was sent, as it is and decoded.
 */
export function maskFor(kind: string | undefined, sent: unknown): (message: string) => string {
  if (kind !== 'Secret') return (message) => message;
  const values = secretValues(sent);
  return (message) => {
    let text = message;
    for (const value of values) text = text.replaceAll(value, masked);
    text = text.replaceAll(valueAfter, `$1${masked}`).replaceAll(got, `$1${masked}`);
    return text.replaceAll(quoted, (match, offset: number) =>
      harmless.test(text.slice(0, offset)) ? match : `${match.slice(0, 1)}${masked}${match.slice(-1)}`,
    );
  };
}

/** Every value in `data` and `stringData`, longest first, so that none is left as a part of another. */
function secretValues(sent: unknown): readonly string[] {
  if (!isFields(sent)) return [];
  const found = new Set<string>();
  for (const section of ['data', 'stringData']) {
    const values = sent[section];
    // The names of the entries are no secret; whatever lies below them is.
    if (isFields(values)) for (const value of Object.values(values)) collect(value, found);
    else collect(values, found);
  }
  // Shorter ones would tear words apart, and are quoted anyway.
  return [...found].filter((value) => value.length > 2).toSorted((one, other) => other.length - one.length);
}

function collect(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    into.add(value).add(value.trim());
    const decoded = Buffer.from(value, 'base64').toString('utf8');
    if (!decoded.includes('\uFFFD')) into.add(decoded).add(decoded.trim());
  } else if (typeof value === 'number' || typeof value === 'boolean') into.add(String(value));
  else if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (isFields(value)) {
    for (const [key, item] of Object.entries(value)) {
      into.add(key);
      collect(item, into);
    }
  }
}
