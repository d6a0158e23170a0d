import { Option } from 'commander';
import { plumbError } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { isLoopback } from './loopback.ts';
import { readSignIns } from './sign-ins.ts';

/** Which server a command is for. */
export interface ServerOptions {
  readonly server?: string;
}

/** The flag that names a server. */
export function serverOption(): Option {
  return new Option(
    '--server <url>',
    'URL of the Plumbline server (default: $PLUMB_SERVER, else the last signed in to)',
  );
}

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
export async function serverOf(context: CliContext, { server }: ServerOptions): Promise<string> {
  const named = server ?? context.env['PLUMB_SERVER'];
  if (named !== undefined && named !== '') return parseServer(named);
  const { current } = await readSignIns(context);
  if (current === undefined) throw plumbError('cli.signed-out', 'no server is named, and nobody is signed in to one');
  return current;
}
