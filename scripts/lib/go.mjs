// Go: the system's where it is new enough, else the one that the Go module proxy carries.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { cache, root } from './paths.mjs';
import { run } from './run.mjs';
import { unpack } from './zip.mjs';

const wanted = '1.26.8';
const home = join(cache, `go-${wanted}`);

// The official toolchain modules, pinned by content. Their sums are in Go's public checksum database.
const archives = {
  'linux-x64': { target: 'linux-amd64', sha256: '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7' },
  'linux-arm64': { target: 'linux-arm64', sha256: '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99' },
  'darwin-x64': { target: 'darwin-amd64', sha256: 'fe99a2009e5bb51e06d7784f1a486478673512041c2671157bd382806e2aedcf' },
  'darwin-arm64': {
    target: 'darwin-arm64',
    sha256: '0aad5fb52b88498885290178adc0bcfe429bc63012621af9f83282eb640bd9c7',
  },
};

/**
 * The set-up step for Go, or undefined where one is there that is new enough. Asked inside a Go module: a Go that
 * may fetch a newer one of itself (GOTOOLCHAIN=auto) does so here.
 */
export async function goStep() {
  const { code, output } = await run('go', ['env', 'GOVERSION'], { cwd: join(root, 'renderer') });
  if (code === 0 && isNewEnough(output)) return undefined;
  if (existsSync(home)) {
    useFetched();
    return undefined;
  }
  const what = code === 127 ? 'Go is not installed' : `Go is too old (${output.trim().split('\n')[0]})`;
  const archive = archives[`${process.platform}-${process.arch}`];
  if (archive === undefined) throw new Failure(`${what}. ${advice}`);
  return {
    name: `Go ${wanted}`,
    notice: `${what}: Go ${wanted} is fetched for this project alone.`,
    estimateSeconds: 30,
    build: () => fetchGo(archive, what),
  };
}

/** A Go from before 1.21 does not know what a go.mod asks for, and says nothing. */
function isNewEnough(version) {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 26);
}

const advice = 'Install Go 1.26 or newer from https://go.dev/dl and try again.';

function useFetched() {
  process.env.PATH = `${join(home, 'bin')}${delimiter}${process.env.PATH}`;
}

/** Downloads, checks and unpacks the toolchain; a failure leaves nothing behind. */
async function fetchGo({ target, sha256 }, what) {
  const version = `v0.0.1-go${wanted}.${target}`;
  const temporary = `${home}.${process.pid}.tmp`;
  try {
    const archive = await download(`${proxy()}/golang.org/toolchain/@v/${version}.zip`);
    const found = createHash('sha256').update(archive).digest('hex');
    if (found !== sha256) throw new Error(`what came is not Go ${wanted} (SHA-256 ${found})`);
    mkdirSync(temporary, { recursive: true });
    unpack(archive, `golang.org/toolchain@${version}/`, temporary);
    // A module's archive knows no permissions.
    for (const folder of [join(temporary, 'bin'), join(temporary, 'pkg', 'tool')]) makeExecutable(folder);
    renameSync(temporary, home);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw new Failure(`${what}, and it could not be fetched: ${reasonOf(error)}. ${advice}`);
  }
  useFetched();
}

const reasonOf = (error) => (error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message);

/** The first server that GOPROXY names. */
function proxy() {
  const named = (process.env.GOPROXY ?? '').split(/[,|]/).find((entry) => /^https?:/.test(entry));
  return (named ?? 'https://proxy.golang.org').replace(/\/+$/, '');
}

async function download(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(600_000) });
  if (!response.ok) throw new Error(`the module proxy answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function makeExecutable(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}
