import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { Type } from 'typebox';
import { plumbError } from '../../errors.ts';
import { sensitive } from '../../sensitive.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { action, type Session } from '../session.ts';
import { bearerFor } from '../sign-in/bearer.ts';
import { type DevicePrompt, signInByDevice } from '../sign-in/issuer.ts';
import { callServer } from '../sign-in/server-call.ts';
import { serverOf } from '../sign-in/server-url.ts';
import { changeSignIns, type SignInEntry, withSignIn } from '../sign-in/sign-ins.ts';
import { userSchema } from '../sign-in/user.ts';

interface LoginOptions {
  readonly link?: boolean;
}

const linkSchema = Type.Object({ link: Type.String() });
const methodsSchema = Type.Object({
  oidc: Type.Optional(
    Type.Object({ issuer: Type.String(), clientId: Type.String(), scopes: Type.Array(Type.String()) }),
  ),
});

async function login(session: Session<LoginOptions>): Promise<void> {
  const { context, options, signal, print } = session;
  const server = await serverOf(context, options);
  if (options.link === true) {
    const token = await bearerFor(context, server);
    const { link } = await callServer({ server, method: 'POST', path: '/auth/links', token, signal }, linkSchema);
    print(`${link}\n`);
    return;
  }
  const entry =
    options.tokenFile === undefined
      ? await byIssuer(session, server)
      : { kind: 'token' as const, token: await readToken(context, options.tokenFile) };
  const token = sensitive(entry.kind === 'token' ? entry.token : entry.idToken);
  // Kept only once the server knows who it is.
  const user = await callServer({ server, method: 'GET', path: '/api/v1/user', token, signal }, userSchema);
  await changeSignIns(context, async (signIns) => [withSignIn(signIns, server, entry), undefined]);
  print(`Signed in to ${server} as ${user.username}.\n`);
}

async function byIssuer({ context, signal, progress }: Session<LoginOptions>, server: string): Promise<SignInEntry> {
  const { oidc } = await callServer({ server, method: 'GET', path: '/auth/methods', signal }, methodsSchema);
  if (oidc === undefined) {
    throw plumbError('cli.sign-in-failed', `${server} has no OIDC issuer`, {
      hint: 'Give it a token of Kubernetes: `kubectl create token NAME | plumb login --server URL --token-file -`.',
    });
  }
  const show = ({ url, code, completeUrl }: DevicePrompt): void => {
    const complete = completeUrl === undefined ? '' : ` (or ${completeUrl})`;
    context.stderr.write(
      `Signing in to ${server}, by ${oidc.issuer}.\nOpen ${url}${complete}\nand enter the code ${code}\n`,
    );
    progress.step('Waiting until it is confirmed');
  };
  return signInByDevice(oidc, show, signal);
}

/** A secret is no argument: every process sees those. */
async function readToken(context: CliContext, file: string): Promise<string> {
  const path = file === '-' ? '/dev/stdin' : resolve(context.cwd, file);
  const content = await readFile(path, 'utf8').catch(() => undefined);
  if (content === undefined) throw plumbError('cli.folder-unreadable', `${file} cannot be read`);
  const token = content.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw plumbError('cli.usage', 'what was given is no token');
  return token;
}

/** `plumb login`: signs in to a server, in any browser or with a token of Kubernetes. */
export function loginCommand(context: CliContext): Command {
  const command = new Command('login')
    .description(
      'Sign in to a Plumbline server: in a browser, also that of another machine, or with a token of Kubernetes (--token-file)',
    )
    .option('--link', 'print a link that signs in a browser once, to a cluster of this machine')
    .action(action(context, login));
  return withExamples(command, [
    ['plumb login --server https://plumbline.example.com', 'Sign in with the OIDC issuer of the server'],
    [
      'kubectl create token robot | plumb login --server https://plumbline.example.com --token-file -',
      'Sign in as a ServiceAccount',
    ],
  ]);
}
