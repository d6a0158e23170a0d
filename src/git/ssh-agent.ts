import { createPrivateKey } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { plumbError } from '../errors.ts';
import type { Sensitive } from '../sensitive.ts';
import { createAgent, sshString } from './ssh-agent-protocol.ts';

/**
 * Reads a private key of OpenSSH, PEM or PuTTY form.
 * @throws PlumbError `git.credentials-invalid`: malformed, encrypted without a passphrase, or a wrong passphrase
 */
export function readPrivateKey(privateKey: Sensitive, passphrase?: Sensitive): ParsedKey {
  const parsed = ssh2.utils.parseKey(plainPem(privateKey.reveal(), passphrase), passphrase?.reveal());
  // The reason is not passed on: it is made while the key is read.
  if (parsed instanceof Error) {
    const encrypted = /passphrase|encrypted/i.test(parsed.message);
    throw plumbError(
      'git.credentials-invalid',
      encrypted && passphrase === undefined
        ? 'the SSH private key is encrypted, and no passphrase is given'
        : encrypted || /bad decrypt|integrity/i.test(parsed.message)
          ? 'the SSH private key cannot be decrypted with the passphrase that is given'
          : 'the SSH private key is of no known form',
    );
  }
  if (!parsed.isPrivateKey()) throw plumbError('git.credentials-invalid', 'the SSH private key is a public key');
  return parsed;
}

/** ssh2 does not know PKCS #8, which Node does: such a key is written in the older form of its kind. */
function plainPem(text: string, passphrase: Sensitive | undefined): string {
  if (!/^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/m.test(text)) return text;
  try {
    const key = createPrivateKey({
      key: text,
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    });
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
    return text;
  } catch {
    return text;
  }
}

/**
 * Serves one key to ssh over a Unix socket, as ssh-agent does: the key is in no file, no argument and no
 * environment, and ssh gets signatures but never the key.
 */
export async function startSshAgent(key: ParsedKey, socketPath: string): Promise<{ close(): Promise<void> }> {
  const connections = new Set<Socket>();
  const answer = createAgent(key);
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, answer);
  });
  await listen(server, socketPath);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}

/** No message of ssh's is nearly as long. */
const messageLimit = 256 * 1024;

/** Takes the messages off a connection, each with its length before it, and writes the answers. */
function serve(socket: Socket, answer: (message: Buffer) => Buffer): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4) {
      const length = pending.readUInt32BE(0);
      if (length > messageLimit) {
        socket.destroy();
        return;
      }
      if (pending.length < 4 + length) return;
      const message = pending.subarray(4, 4 + length);
      pending = pending.subarray(4 + length);
      socket.write(sshString(answer(message)));
    }
  });
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
