import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { limit } from './limit.ts';

/** A Gitea that runs, and its administrator. */
export interface GiteaAccess {
  /** `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** May do everything. */
  readonly token: string;
}

/** A Gitea that this process has started. */
export interface GiteaProcess {
  readonly access: GiteaAccess;
  stop(): Promise<void>;
}

const project = join(import.meta.dirname, '..', '..');
const user = 'plumbline';

/** Where the set-up has put Gitea. @throws Error that says how to build it */
async function binaryFolder(): Promise<string> {
  const step = (await import(join(project, 'scripts', 'steps', 'gitea.mjs'))) as { readonly fingerprint: () => string };
  const folder = join(project, '.cache', 'bin', `gitea-${step.fingerprint()}`);
  if (!existsSync(folder)) throw new Error('Gitea is not built: run `npm run setup -- gitea`');
  return folder;
}

/** Starts a real Gitea with a database of its own on a free port of this machine; it ends when this process does. */
export async function startGitea(): Promise<GiteaProcess> {
  const binaries = await binaryFolder();
  const binary = join(binaries, 'gitea');
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-gitea-'));
  const listener = await listen();
  const { port } = listener.address() as AddressInfo;
  const config = join(folder, 'app.ini');
  const password = randomBytes(12).toString('hex');
  await writeFile(config, settings(folder, port, join(binaries, 'static')), { mode: 0o600 });
  const { PATH = '', HOME = folder } = process.env;
  // Tests may run as root, in a container; everything lies in the folder of this run.
  const env = { PATH, HOME, GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: 'true' };
  const options = { cwd: folder, env, timeout: 180_000 };
  const execute = promisify(execFile);
  await execute(binary, ['--config', config, 'migrate'], options);
  const { stdout } = await execute(
    binary,
    // prettier-ignore
    [
      '--config', config, 'admin', 'user', 'create', '--admin', '--username', user, '--password', password,
      '--email', 'plumbline@example.org', '--must-change-password=false',
      '--access-token', '--access-token-scopes', 'all',
    ],
    options,
  );
  const token = /\b[0-9a-f]{40}\b/.exec(stdout)?.[0];
  if (token === undefined) throw new Error(`Gitea made no token: ${stdout}`);
  const child = spawnBound(binary, ['--config', config, 'web'], listener, { ...env, LISTEN_FDS: '1' });
  const complaint = collected(child);
  listener.close();
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    // The port was bound before Gitea began: the question waits in its queue until there is somebody to answer.
    const answer = await fetch(`${url}/api/healthz`, { signal: limit() });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  } catch (error) {
    await stop();
    throw new Error(`Gitea did not start: ${complaint()}`, { cause: error });
  }
  return { access: { url, user, password, token }, stop };
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

// The shell is there to see the end of this process: its input then ends, whatever happened. Gitea alone keeps the port;
// it takes a port that it is given for a restart of itself, and ends its parent: the shell does not heed that.
const guard = 'trap : TERM; "$0" "$@" & child=$!; exec 3<&-; cat > /dev/null; kill -9 $child; wait $child 2> /dev/null';

/** Starts the program with the port already open, in the way of systemd (sd_listen_fds). */
function spawnBound(
  binary: string,
  args: readonly string[],
  listener: Server,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  // oxlint-disable-next-line no-underscore-dangle -- Node shows the descriptor of a server nowhere else
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
  return spawn('/bin/sh', ['-c', guard, binary, ...args], { env, stdio: ['pipe', 'pipe', 'pipe', fd] });
}

/** The end of what a program writes. */
function collected(child: ChildProcess): () => string {
  let text = '';
  const take = (data: Buffer): void => {
    text = (text + data.toString('utf8')).slice(-4000);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return () => text;
}

function secret(): string {
  return randomBytes(32).toString('hex');
}

/** As little as a forge for tests needs: no mail, no SSH, no background work, no log; hooks may call this machine. */
function settings(folder: string, port: number, staticFiles: string): string {
  return `APP_NAME = Gitea
RUN_MODE = prod
WORK_PATH = ${folder}
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${staticFiles}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false
[database]
DB_TYPE = sqlite3
PATH = ${join(folder, 'gitea.db')}
[repository]
ROOT = ${join(folder, 'repositories')}
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
DISABLE_GIT_HOOKS = false
SECRET_KEY = ${secret()}
INTERNAL_TOKEN = ${secret()}
[oauth2]
ENABLED = false
[service]
DISABLE_REGISTRATION = true
[mailer]
ENABLED = false
[log]
MODE = console
LEVEL = Error
[actions]
ENABLED = false
[packages]
ENABLED = false
[webhook]
ALLOWED_HOST_LIST = loopback
[indexer]
ISSUE_INDEXER_TYPE = db
[session]
PROVIDER = memory
[queue]
TYPE = channel
[picture]
DISABLE_GRAVATAR = true
`;
}
