import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { configFolder } from '../folders.ts';

const signInSchema = Type.Union([
  Type.Object({
    kind: Type.Literal('oidc'),
    issuer: Type.String(),
    clientId: Type.String(),
    idToken: Type.String(),
    refreshToken: Type.Optional(Type.String()),
    /** Milliseconds since 1970: when the id token ends. */
    expiresAt: Type.Number(),
  }),
  Type.Object({ kind: Type.Literal('token'), token: Type.String() }),
]);

const fileSchema = Type.Object({
  /** The server that was signed in to last. */
  current: Type.Optional(Type.String()),
  servers: Type.Record(Type.String(), signInSchema),
});

/** One sign-in: by the tokens of an OIDC issuer, or by a token of Kubernetes. Secrets in plain text. */
export type SignInEntry = Static<typeof signInSchema>;

/** All sign-ins of a person on this machine. */
export type SignIns = Static<typeof fileSchema>;

const nothing: SignIns = { servers: {} };
/** Milliseconds: so long a lock is believed whose owner may have died, and so long one is waited for. */
const lockLife = 30_000;
const lockInterval = 50;

/** The file in which sign-ins are kept. */
export function signInsPath(context: CliContext): string {
  return join(configFolder(context), 'sign-ins.json');
}

/**
 * All sign-ins; none where there is no file.
 * @throws PlumbError `cli.credentials-unusable`
 */
export async function readSignIns(context: CliContext): Promise<SignIns> {
  const path = signInsPath(context);
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw plumbError('cli.credentials-unusable', `others may read ${path}`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing;
    throw error;
  }
  const value = parseJson(text);
  if (Value.Check(fileSchema, value)) return value;
  throw plumbError('cli.credentials-unusable', `${path} does not hold sign-ins`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Changes what is kept: one process at a time, and whole or not at all. */
export async function changeSignIns<Result>(
  context: CliContext,
  change: (signIns: SignIns) => Promise<readonly [SignIns, Result]>,
): Promise<Result> {
  const path = signInsPath(context);
  await mkdir(configFolder(context), { recursive: true, mode: 0o700 });
  const lock = `${path}.lock`;
  await takeLock(lock, context.signal);
  try {
    const [next, result] = await change(await readSignIns(context));
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify(next, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
    return result;
  } finally {
    await rm(lock, { force: true });
  }
}

/** Keeps a sign-in, and makes its server the one that is meant where none is named. */
export function withSignIn(signIns: SignIns, server: string, entry: SignInEntry): SignIns {
  return { current: server, servers: { ...signIns.servers, [server]: entry } };
}

/** Forgets a sign-in. */
export function withoutSignIn({ current, servers }: SignIns, server: string): SignIns {
  const rest = Object.fromEntries(Object.entries(servers).filter(([url]) => url !== server));
  return { ...(current === undefined || current === server ? {} : { current }), servers: rest };
}

async function takeLock(path: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(lockLife * 2)]);
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await stat(path).catch(() => undefined);
    // Its owner has died.
    if (held !== undefined && Date.now() - held.mtimeMs > lockLife) await rm(path, { force: true });
    else await pause(lockInterval, undefined, { signal: limit });
  }
}
