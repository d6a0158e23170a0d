import { createHash } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';
import type { Egress } from '../egress.ts';
import type { Connection } from './credentials.ts';
import type { Remote } from './remote.ts';
import { openTunnel } from './tunnel.ts';

/** Longer than the usual interval of a poll; servers that close earlier say so, or just do it. */
const idleMilliseconds = 90_000;

const tunnel = callbackify(openTunnel);

interface SharedAgent {
  readonly agent: http.Agent;
  users: number;
}

const agentsOf = new WeakMap<Egress, Map<string, SharedAgent>>();

/**
 * The connections to all servers that are reached and verified in the same way, and are shown the same of this side: a
 * forge holds many repositories. What proves who asks over HTTP is part of a request and not of a connection.
 */
export function sharedAgent({ url, connection, egress }: Pick<Remote, 'url' | 'connection' | 'egress'>): {
  readonly agent: http.Agent;
  readonly release: () => void;
} {
  const isSecure = url.transport === 'https';
  const agents = agentsOf.get(egress) ?? new Map<string, SharedAgent>();
  agentsOf.set(egress, agents);
  const key = keyOf(isSecure, connection);
  const shared = agents.get(key) ?? { agent: newAgent(egress, isSecure, connection), users: 0 };
  agents.set(key, shared);
  shared.users += 1;
  let released = false;
  return {
    agent: shared.agent,
    release: () => {
      if (released) return;
      released = true;
      shared.users -= 1;
      if (shared.users > 0) return;
      agents.delete(key);
      shared.agent.destroy();
    },
  };
}

function keyOf(isSecure: boolean, { certificateAuthority, clientCertificate, proxy }: Connection): string {
  const { certificate, key } = clientCertificate ?? {};
  const parts = [isSecure, certificateAuthority, certificate, key?.reveal(), proxy?.reveal()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function newAgent(egress: Egress, isSecure: boolean, connection: Connection): http.Agent {
  const { lookup } = egress;
  const options = { keepAlive: true, maxSockets: 16, maxFreeSockets: 8, timeout: idleMilliseconds, lookup };
  if (!isSecure) return new http.Agent(options);
  const { certificateAuthority: ca, clientCertificate, proxy } = connection;
  const agent = new https.Agent({
    ...options,
    // Verified whatever the environment of this process says.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certificate, key: clientCertificate.key.reveal() }),
  });
  if (proxy !== undefined) {
    agent.createConnection = (target, callback) => {
      const where = { ...target, host: target.host ?? '', port: Number(target.port) } as ConnectionOptions;
      tunnel(egress, proxy, where, (error, socket) => callback?.(error, socket));
      return undefined;
    };
  }
  return agent;
}
