import { plumbError, type ErrorCode, type PlumbError } from '../errors.ts';
import { ownWords } from './failure.ts';
import { explainRemote, type Remote } from './remote.ts';
import { secretsOf } from './credentials.ts';

/** How a push that Git did not carry out ended. */
export type PushFailure =
  /** Somebody else was quicker, as far as the server's words tell. */
  | { readonly kind: 'moved' }
  /** The server may have taken it all the same: it has to be asked. */
  | { readonly kind: 'unknown'; readonly error: PlumbError }
  /** A shallow mirror cannot push there. */
  | { readonly kind: 'shallow'; readonly error: PlumbError }
  /** The server's objects have ids of the other length. */
  | { readonly kind: 'other-format'; readonly error: PlumbError }
  /** It was refused, and nothing was changed. */
  | { readonly kind: 'refused'; readonly error: PlumbError };

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
}

/** In order: the first that matches is right. The words are those of Git, GitHub, GitLab, Gitea, Bitbucket and Azure. */
const rules: readonly Rule[] = [
  {
    pattern:
      /protected branch|protected ref|GH006|GH013|branch is protected|can only be modified through pull requests|TF402455|must use a pull request|Changes must be made through a pull request|branch restriction/i,
    code: 'git.push-protected',
    message: 'the branch is protected',
  },
  {
    pattern:
      /No space left on device|Disk quota exceeded|File too large|quota (?:has been |is )?exceeded|exceeds? (?:the )?quota|over (?:its|the) (?:size|storage) limit|above its size limit|size limit|exceeds? .*(?:file|maximum|repository).*(?:size|limit)|pack exceeds maximum allowed size|returned error: (?:413|507)\b/i,
    code: 'git.server-full',
    message: 'the server has no room for it',
  },
  {
    pattern:
      /returned error: 403\b|Permission to \S+ denied|Write access to repository not granted|marked as read[- ]only|not allowed to (?:push|upload) code|You are not allowed to push|User permission denied for writing|insufficient permission|Permission denied for writing|deploy key .*(?:read|write)|has read[- ]only access|repository is archived|archived so it is read-only|service not enabled|receive-pack' not permitted/i,
    code: 'git.push-forbidden',
    message: 'the credentials may not write to the repository',
  },
];

/** A ref that was no longer, or not yet, what the push said. */
const race =
  /\(stale info\)|\(fetch first\)|\(non-fast-forward\)|incorrect old value|reference already exists|cannot lock ref|failed to lock|failed to update ref|is at \S+ but expected/i;

const shallowRefused = /shallow update not allowed|shallow\S* .*not (?:supported|allowed)/i;

/** What was not even sent has changed nothing. */
const neverSent =
  /Could not resolve|Couldn't connect|Failed to connect|Connection refused|Network is unreachable|No route to host/i;

/** A server that does not let us in has taken nothing from us. */
const outside: ReadonlySet<string> = new Set([
  'git.auth-failed',
  'git.host-key',
  'git.certificate',
  'git.redirected',
  'git.repository-not-found',
]);

/** What it means that Git did not push. @param stdout Git's report in its form for programs (`--porcelain`) */
export function classifyPush(remote: Remote, stdout: string, stderr: string): PushFailure {
  const report = stdout.split('\n').find((line) => line.startsWith('!\t')) ?? '';
  const [, reason = ''] = /^!\t[^\t]*\t(.*)$/.exec(report) ?? [];
  const isReported = reason !== '' && !/failed to report status|^\[remote failure\]/.test(reason);
  const words = serverWords(stderr);
  const said = `${words}\n${reason}`;
  const refused = (code: ErrorCode, message: string): PlumbError =>
    refusal(remote, code, message, { words, reason, stderr });
  if (shallowRefused.test(said)) {
    return { kind: 'shallow', error: refused('git.push-refused', 'the server takes nothing from a shallow mirror') };
  }
  const rule = rules.find(({ pattern }) => pattern.test(said) || pattern.test(stderr));
  if (rule !== undefined) return { kind: 'refused', error: refused(rule.code, rule.message) };
  if (race.test(reason)) return { kind: 'moved' };
  if (isReported) return { kind: 'refused', error: refused('git.push-refused', 'the server refused the commit') };
  const error = explainRemote(remote, stderr);
  if (/does not support this repository's hash algorithm/.test(stderr)) return { kind: 'other-format', error };
  return { kind: neverSent.test(stderr) || outside.has(error.code) ? 'refused' : 'unknown', error };
}

/** What the server itself, or a hook of its, has said: Git marks it so. */
function serverWords(stderr: string): string {
  return stderr
    .split(/[\r\n]+/)
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length))
    .join('\n');
}

interface Told {
  /** The server's. */
  readonly words: string;
  /** Git's report on the ref. */
  readonly reason: string;
  readonly stderr: string;
}

function refusal(remote: Remote, code: ErrorCode, message: string, { words, reason, stderr }: Told): PlumbError {
  const secrets = secretsOf(remote.connection);
  const parts = [hookWords(words, secrets), ownWords(reason.replace(/^\[[^\]]*\] /, ''), secrets)];
  const told = parts.filter((part) => part !== '').join('; ');
  const text = `${message}: ${told === '' ? ownWords(stderr, secrets) : told}`;
  return plumbError(code, text, { where: { repository: remote.url.text } });
}

const longestWords = 1000;

/** The message of a hook, from its beginning: what it says first is why. */
function hookWords(text: string, secrets: readonly string[]): string {
  let plain = text;
  for (const secret of secrets) plain = plain.replaceAll(secret, '***');
  const lines = plain
    // oxlint-disable-next-line no-control-regex -- a server's text must not colour or move the cursor of a terminal
    .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    // oxlint-disable-next-line no-control-regex -- as above
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ')
    .replaceAll(/(\w+:\/\/)[^/\s@]*@/g, '$1***@')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:Enumerating|Counting|Compressing|Resolving|Total|Processed)\b/.test(line));
  const joined = lines.join('; ');
  return joined.length > longestWords ? `${joined.slice(0, longestWords)}…` : joined;
}
