import { plumbError } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import type { GlobalOptions } from '../options.ts';
import { isLoopback } from './loopback.ts';
import { readSignIns } from './sign-ins.ts';

/**
 * A server's URL in the one form in which sign-ins are kept. No token goes over a line that others can read: http is
 * for this machine alone.
 * @throws PlumbError `cli.usage`
 */
export function parseServer(text: string): string {
  const url = URL.parse(text);
  const isLocal = url !== null && isLoopback(url);
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal))) {
    throw plumbError('cli.usage', 'the URL of a server begins with https://, or with http:// on this machine');
  }
  if (url.username + url.password + url.search + url.hash !== '') {
    throw plumbError('cli.usage', 'the URL of a server holds nothing but a host and a path');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/**
 * The server that the flags, the environment or the last sign-in name.
 * @throws PlumbError `cli.signed-out` where nothing does
 */
export async function serverOf(context: CliContext, { server }: Pick<GlobalOptions, 'server'>): Promise<string> {
  const named = server ?? context.env['PLUMB_SERVER'];
  if (named !== undefined && named !== '') return parseServer(named);
  const { current } = await readSignIns(context);
  if (current === undefined) throw plumbError('cli.signed-out', 'no server is named, and nobody is signed in to one');
  return current;
}
