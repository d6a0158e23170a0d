/** What the subject of a commit says of a change that came through Plumbline. */
export interface CommitSubject {
  /** What was done, in a word or two: `create`, `delete`, `Canary promoted`. */
  readonly action: string;
  /** Why, in the words of whoever did it; may be empty. */
  readonly message: string;
  /** Name of the user who was signed in, as Kubernetes knows it. */
  readonly author: string;
  /** Address of that user; empty where none is known. */
  readonly email: string;
}

/** The trailer that ties a commit to the Operation that it belongs to. */
const operationTrailer = 'Plumbline-Operation';

/** The subject as one line of JSON: `{"Action":"…","Message":"…","Author":"…","Email":"…"}`. */
export function formatSubject({ action, message, author, email }: CommitSubject): string {
  // JSON knows two line ends fewer than some who read lines do: those are escaped as well.
  return JSON.stringify({ Action: action, Message: message, Author: author, Email: email })
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
    .replaceAll('\u0085', String.raw`\u0085`);
}

/** The whole message of a commit: the subject, and below it what Plumbline itself looks for. */
export function formatMessage(subject: CommitSubject, operation?: string): string {
  const line = formatSubject(subject);
  return operation === undefined ? `${line}\n` : `${line}\n\n${operationTrailer}: ${operation}\n`;
}

/**
 * What a commit says of the change, from its subject or its whole message; undefined where a person or another program
 * wrote it. Fields that are missing or of another type are empty.
 */
export function parseSubject(text: string): CommitSubject | undefined {
  const [line = ''] = text.split('\n', 1);
  if (!line.startsWith('{')) return undefined;
  const fields = parseFields(line);
  // Any line of JSON is none of ours as long as it does not say what was done.
  if (fields === undefined || typeof fields['Action'] !== 'string') return undefined;
  const field = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' ? value : '';
  };
  return { action: field('Action'), message: field('Message'), author: field('Author'), email: field('Email') };
}

function parseFields(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The Operation that a commit belongs to, from its whole message. */
export function operationOf(message: string): string | undefined {
  return /^Plumbline-Operation: ([A-Za-z0-9.-]+)\s*$/m.exec(message)?.[1];
}
