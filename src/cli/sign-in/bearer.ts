import { plumbError } from '../../errors.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';
import type { CliContext } from '../context.ts';
import { refreshTokens } from './issuer.ts';
import { changeSignIns, readSignIns, type SignInEntry, withSignIn } from './sign-ins.ts';

/** Milliseconds: a token that ends so soon is not begun with. */
const margin = 60_000;

/**
 * The token with which a server knows the person of this machine; a fresh one where the one that is kept ends.
 * @throws PlumbError `cli.signed-out`, `cli.sign-in-failed`, `cli.credentials-unusable`
 */
export async function bearerFor(context: CliContext, server: string): Promise<Sensitive> {
  const isFresh = (entry: SignInEntry): boolean =>
    entry.kind === 'token' || entry.expiresAt - context.now().getTime() > margin;
  const entry = (await readSignIns(context)).servers[server];
  if (entry === undefined) throw plumbError('cli.signed-out', `nobody is signed in to ${server}`);
  if (isFresh(entry)) return tokenOf(entry);
  // An issuer may take a refresh token only once: one process asks, and the others find what it got.
  return changeSignIns(context, async (signIns) => {
    const now = signIns.servers[server];
    if (now === undefined) throw plumbError('cli.signed-out', `nobody is signed in to ${server}`);
    if (isFresh(now) || now.kind === 'token') return [signIns, tokenOf(now)];
    const next = await refreshTokens(now);
    return [{ ...withSignIn(signIns, server, next), ...currentOf(signIns) }, tokenOf(next)];
  });
}

function currentOf({ current }: { readonly current?: string }): { readonly current?: string } {
  return current === undefined ? {} : { current };
}

function tokenOf(entry: SignInEntry): Sensitive {
  return sensitive(entry.kind === 'token' ? entry.token : entry.idToken);
}
