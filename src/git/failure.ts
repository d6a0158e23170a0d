import { plumbError, type ErrorCode, type Location, type PlumbError } from '../errors.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** What happened; without it, Git's own words are told. */
  readonly message?: string;
}

/** In order: the first that matches is right. The words are those of LC_ALL=C, of Git 2.37 and newer. */
const rules: readonly Rule[] = [
  {
    // Of a lock file that was opened and could not be written, Git says no reason. A server's own disk is not ours.
    pattern:
      /^(?!remote: ).*(?:No space left on device|Disk quota exceeded|File too large|died of signal 25\b|couldn't write '.*\.lock'$)/im,
    code: 'git.disk-full',
    message: 'there is no room left on the disk',
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known for/i,
    code: 'git.host-key',
    message: 'the host key of the server is not in known_hosts',
  },
  {
    pattern:
      /Permission denied \(|Too many authentication failures|Authentication failed for|could not read (?:Username|Password)|terminal prompts disabled|returned error: 40[13]\b|HTTP 40[13]\b|HTTP Basic: Access denied|alert (?:certificate required|bad certificate|certificate unknown|unknown ca)\b/i,
    code: 'git.auth-failed',
    message: 'the server refused access',
  },
  {
    pattern: /returned error: 30\d\b|unable to update url base from redirection/i,
    code: 'git.redirected',
    message: 'the server redirects to another URL',
  },
  {
    pattern:
      /SSL certificate|certificate verif|server verification failed|SSL: no alternative certificate|self[- ]signed certificate|unable to get local issuer|CAfile|CAInfo/i,
    code: 'git.certificate',
    message: 'the certificate of the server cannot be verified',
  },
  {
    pattern:
      /repository '[^']*' not found|Repository not found|does not appear to be a git repository|returned error: 404\b|project you were looking for could not be found|no such repository|not valid: is this a git repository/i,
    code: 'git.repository-not-found',
    message: 'there is no such repository, or the credentials may not read it',
  },
  {
    pattern:
      /Could not resolve (?:host|hostname|proxy)|Couldn't connect|Failed to connect|Connection (?:refused|reset|closed|timed out|lost)|Network is unreachable|No route to host|Operation (?:timed out|too slow)|unexpected disconnect|early EOF|RPC failed|Recv failure|Send failure|remote end hung up|returned error: (?:429|5\d\d)\b|Empty reply from server|transfer closed|Timeout, server|Broken pipe|expected (?:flush|packet|response end)|bad line length|the remote end closed|unable to access|Could not read from remote repository/i,
    code: 'git.unreachable',
  },
  {
    pattern: /invalid index-pack output/i,
    code: 'git.failed',
    message:
      'the process that writes what is fetched was ended from outside, for want of memory or by a limit of the system',
  },
];

/**
 * What a failed call of Git means to a user.
 * @param secrets texts that are masked in the message
 */
export function explainFailure(
  stderr: string,
  details: { readonly repository?: string; readonly secrets?: readonly string[] } = {},
): PlumbError {
  const words = ownWords(stderr, details.secrets ?? []);
  const where: Location | undefined = details.repository === undefined ? undefined : { repository: details.repository };
  const rule = rules.find(({ pattern }) => pattern.test(stderr));
  const said = words === '' ? '' : `: ${words}`;
  const message = rule === undefined || rule.message === undefined ? `git failed${said}` : `${rule.message}${said}`;
  return plumbError(rule?.code ?? 'git.failed', message, where === undefined ? {} : { where });
}

const noise =
  /^(?:hint:|warning:|remote: (?:Enumerating|Counting|Compressing|Total)|Please make sure|and the repository exists|@{5})/;

/** The lines of Git's that say what happened, as one line, without anything secret. */
export function ownWords(stderr: string, secrets: readonly string[]): string {
  let text = stderr;
  for (const secret of secrets) text = text.replaceAll(secret, '***');
  const lines = text
    // oxlint-disable-next-line no-control-regex -- a server's text must not move the cursor of a terminal
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')
    .replaceAll(/(\w+:\/\/)[^/\s@]*@/g, '$1***@')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !noise.test(line));
  return lines.slice(-3).join('; ').slice(0, 500);
}

/** The ref that a fetch asked for and the server does not have, or undefined where it did not fail of that. */
export function missingRef(stderr: string): string | undefined {
  return /couldn't find remote ref (\S+)/.exec(stderr)?.[1];
}

/** Whether the server has no such commit, or does not give out commits by their id. */
export function missingCommit(stderr: string): boolean {
  return /not our ref|unadvertised object|no such remote ref|upload-pack: not our ref/i.test(stderr);
}

/** Whether the server gives out no commit but those that its refs name. */
export function refusesIds(stderr: string): boolean {
  return /unadvertised object/i.test(stderr);
}

/** Whether the server, or the way to it, knows nothing but whole histories. */
export function refusesDepth(stderr: string): boolean {
  return /does not support (?:shallow|--depth)|dumb http transport does not support/i.test(stderr);
}
