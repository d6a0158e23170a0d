import * as http from 'node:http';
import * as https from 'node:https';
import { plumbError, PlumbError } from '../errors.ts';
import type { Remote } from './remote.ts';
import { parseRepositoryUrl, redactUrl, type RepositoryUrl } from './url.ts';

/** What is asked of a server to learn where a repository has gone. */
const question = '/info/refs?service=git-upload-pack';
const mostHops = 5;
const hopMilliseconds = 20_000;

/** Whether Git stopped because the server sent it elsewhere. */
export function isRedirected(stderr: string): boolean {
  return /returned error: 30\d\b/.test(stderr);
}

/**
 * Where a server sends a reader on to, hop by hop; each is looked at before it is connected to. Only for those who have
 * nothing to lose: whoever has credentials is sent nowhere.
 * @throws PlumbError `egress.refused`, `git.redirected`, `git.protocol-refused` and the like; an Error of the connection
 */
export async function followRedirects(remote: Remote, signal: AbortSignal): Promise<RepositoryUrl> {
  let at = remote.url;
  for (let hop = 0; hop < mostHops; hop += 1) {
    const location = await askWhere(at, remote, signal);
    if (location === undefined) return at;
    at = repositoryIn(location, at, remote);
  }
  throw stray(remote, `${mostHops} times`);
}

/** Where this server sends the reader; undefined where it answers itself, whatever it says. */
function askWhere(at: RepositoryUrl, { egress, connection }: Remote, signal: AbortSignal): Promise<string | undefined> {
  egress.checkHost(at.host);
  const { certificateAuthority: ca } = connection;
  return new Promise((resolve, reject) => {
    const { request } = at.transport === 'https' ? https : http;
    const call = request(
      `${at.text}${question}`,
      {
        agent: false,
        lookup: egress.lookup,
        signal,
        timeout: hopMilliseconds,
        headers: { 'User-Agent': 'git/plumbline', 'Git-Protocol': 'version=2' },
        ...(at.transport === 'https' ? { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) } : {}),
      },
      (answer) => {
        answer.destroy();
        const { statusCode = 0, headers } = answer;
        resolve(statusCode >= 300 && statusCode < 400 ? (headers.location ?? '') : undefined);
      },
    );
    call.once('timeout', () => call.destroy(new Error('the server is silent')));
    call.once('error', reject);
    call.end();
  });
}

/** The repository that a redirect means: it has to lead to the same question about another one. */
function repositoryIn(location: string, from: RepositoryUrl, remote: Remote): RepositoryUrl {
  const to = URL.parse(location, `${from.text}${question}`);
  if (to === null || to.username !== '' || to.password !== '' || !to.href.endsWith(question)) {
    throw stray(remote, redactUrl(location));
  }
  const text = to.href.slice(0, -question.length);
  if (!/^https?:/.test(text) || (from.transport === 'https' && to.protocol !== 'https:')) {
    throw stray(remote, redactUrl(text));
  }
  try {
    return parseRepositoryUrl(text, { allowInsecureHttp: !remote.url.loopback && remote.url.transport === 'http' });
  } catch (error) {
    if (error instanceof PlumbError) throw stray(remote, redactUrl(text));
    throw error;
  }
}

function stray(remote: Remote, where: string): PlumbError {
  return plumbError('git.redirected', `the server redirects to another URL, which cannot be followed: ${where}`, {
    where: { repository: remote.url.text },
  });
}
