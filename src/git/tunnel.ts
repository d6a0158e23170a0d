import * as http from 'node:http';
import type { Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Egress } from '../egress.ts';
import type { Sensitive } from '../sensitive.ts';

/** A proxy that has not answered by then is left to Git, in milliseconds. */
const longestWait = 20_000;

/** Whether a way through this proxy can be opened here; all other kinds are Git's. */
export function canTunnel(proxy: Sensitive): boolean {
  return URL.parse(proxy.reveal())?.protocol === 'http:';
}

/**
 * Opens a connection over TLS to a server through an HTTP proxy, which sees names and sizes and nothing else.
 * @param target where to connect to, and how the server is verified
 * @throws Error where the proxy or the server refuses; PlumbError `egress.refused` for the proxy
 */
export async function openTunnel(egress: Egress, proxy: Sensitive, target: ConnectionOptions): Promise<TLSSocket> {
  const socket = await askProxy(egress, new URL(proxy.reveal()), authorityOf(target));
  return new Promise((resolve, reject) => {
    const secure = connect({ ...target, socket });
    secure.setTimeout(longestWait, () => secure.destroy(new Error('the server behind the proxy is silent')));
    secure.once('error', reject);
    secure.once('secureConnect', () => {
      secure.off('error', reject);
      secure.setTimeout(0);
      resolve(secure);
    });
  });
}

function authorityOf({ host = '', port = 443 }: ConnectionOptions): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function askProxy(egress: Egress, proxy: URL, authority: string): Promise<Socket> {
  egress.check(proxy);
  const { username, password } = proxy;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return new Promise((resolve, reject) => {
    const call = http.request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: authority,
      agent: false,
      lookup: egress.lookup,
      timeout: longestWait,
      headers: {
        Host: authority,
        ...(username === '' ? {} : { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` }),
      },
    });
    call.once('connect', ({ statusCode }, socket, head) => {
      // What comes before the tunnel is asked anything is no TLS.
      if (statusCode === 200 && head.length === 0) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`the proxy answered ${statusCode}`));
      }
    });
    call.once('response', (answer) => {
      answer.destroy();
      reject(new Error(`the proxy answered ${answer.statusCode}`));
    });
    call.once('timeout', () => call.destroy(new Error('the proxy is silent')));
    call.once('error', reject);
    call.end();
  });
}
