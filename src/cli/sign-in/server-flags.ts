import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';
import type { OidcSettings } from '../../server/index.ts';
import type { CliContext } from '../context.ts';
import { isLoopback } from './loopback.ts';
import { type ListenAddress, parseListenAddress, parseProxy } from '../controller/webhooks.ts';

/** Where the API listens, and who signs in to it. */
export interface ApiFlags {
  readonly apiAddress?: ListenAddress;
  readonly apiTrustedProxy: readonly string[];
  readonly tokenAudience?: readonly string[];
  readonly oidcIssuer?: string;
  readonly oidcClientId?: string;
  readonly oidcClientSecret?: string;
  readonly oidcClientSecretFile?: string;
  readonly oidcCliClientId?: string;
  readonly oidcCaFile?: string;
  readonly oidcScope?: readonly string[];
  readonly oidcUsernameClaim: string;
  readonly oidcUsernamePrefix: string;
  readonly oidcGroupsClaim: string;
  readonly oidcGroupsPrefix: string;
  readonly oidcEmailClaim: string;
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** What stands for nothing where a flag has a default, as in the flags of kube-apiserver. */
const none = '-';

/** Adds the flags of the API and of sign-in. */
export function addApiFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--api-address <host:port>', 'listen there for the HTTP API (default: not at all)').argParser(
        parseListenAddress,
      ),
    )
    .addOption(
      new Option('--api-trusted-proxy <range>', 'believe X-Forwarded-For of such an address or range; may be repeated')
        .default([], 'none')
        .argParser(parseProxy),
    )
    .addOption(
      new Option(
        '--token-audience <name>',
        'take Kubernetes tokens that were made for this audience alone; may be repeated (default: for the API server)',
      ).argParser(collect),
    )
    .option('--oidc-issuer <url>', 'have people sign in with this OpenID Connect issuer; needs --external-url')
    .option('--oidc-client-id <id>', 'id of this installation at the issuer')
    .option(
      '--oidc-client-secret <secret/key>',
      'Secret in the system namespace, and its key, that hold the client secret',
    )
    .option('--oidc-client-secret-file <file>', 'file that holds the client secret')
    .option('--oidc-cli-client-id <id>', 'id of `plumb login` at the issuer: a public client (default: the same)')
    .option(
      '--oidc-ca-file <file>',
      'certificates (PEM) that the issuer’s is verified by, in the place of the system’s',
    )
    .addOption(
      new Option(
        '--oidc-scope <scope>',
        'what to ask the issuer for; may be repeated (default: openid profile email offline_access)',
      ).argParser(collect),
    )
    .option('--oidc-username-claim <name>', 'claim that holds the name of the user', 'preferred_username')
    .option('--oidc-username-prefix <prefix>', 'put before it for Kubernetes; - for nothing', 'oidc:')
    .option('--oidc-groups-claim <name>', 'claim that holds the groups; - where there are none', 'groups')
    .option('--oidc-groups-prefix <prefix>', 'put before each of them; - for nothing', 'oidc:')
    .option('--oidc-email-claim <name>', 'claim that holds the email for commits', 'email');
}

/** Where the settings of OIDC come from, besides the flags. */
export interface OidcSources {
  readonly context: CliContext;
  readonly client: KubeClient;
  /** Of the Secret. */
  readonly namespace: string;
  readonly externalUrl: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The settings of OIDC; undefined where nobody signs in with it.
 * @throws PlumbError `cli.usage`, `auth.settings`
 */
export async function oidcOf(flags: ApiFlags, sources: OidcSources): Promise<OidcSettings | undefined> {
  const { oidcIssuer: issuer, oidcClientId: clientId } = flags;
  if (issuer === undefined) {
    if (clientId === undefined && flags.oidcClientSecret === undefined) return undefined;
    throw plumbError('cli.usage', 'the flags of OIDC need --oidc-issuer');
  }
  if (clientId === undefined) throw plumbError('cli.usage', '--oidc-issuer needs --oidc-client-id');
  checkExternalUrl(sources.externalUrl);
  const { defaultScopes } = await import('../../server/index.ts');
  const secret = secretOf(flags, sources);
  // What is missing is told at the start, and not to the first who signs in.
  await secret?.();
  const authority = flags.oidcCaFile === undefined ? undefined : await contentOf(flags.oidcCaFile, sources.context);
  const given = (text: string): string => (text === none ? '' : text);
  return {
    issuer,
    clientId,
    ...(secret === undefined ? {} : { clientSecret: secret }),
    ...(flags.oidcCliClientId === undefined ? {} : { cliClientId: flags.oidcCliClientId }),
    ...(authority === undefined ? {} : { certificateAuthority: authority }),
    scopes: flags.oidcScope ?? defaultScopes,
    claims: {
      username: flags.oidcUsernameClaim,
      usernamePrefix: given(flags.oidcUsernamePrefix),
      groups: flags.oidcGroupsClaim === none ? undefined : flags.oidcGroupsClaim,
      groupsPrefix: given(flags.oidcGroupsPrefix),
      email: flags.oidcEmailClaim,
    },
  };
}

/** The issuer sends people there, with a code: over a line that nobody else reads. */
function checkExternalUrl(externalUrl: string | undefined): void {
  const url = externalUrl === undefined ? null : URL.parse(externalUrl);
  if (url !== null && (url.protocol === 'https:' || isLoopback(url))) return;
  throw plumbError('cli.usage', '--oidc-issuer needs --external-url, with https:// or of this machine');
}

/** Reads the secret of the client as it is now; undefined where there is none. */
function secretOf(
  flags: ApiFlags,
  { context, client, namespace, signal }: OidcSources,
): (() => Promise<Sensitive>) | undefined {
  const { oidcClientSecret: named, oidcClientSecretFile: file } = flags;
  if (named !== undefined && file !== undefined) {
    throw plumbError('cli.usage', '--oidc-client-secret and --oidc-client-secret-file name the same thing twice');
  }
  if (file !== undefined) return async () => sensitive((await contentOf(file, context)).trim());
  if (named === undefined) return undefined;
  const [name = '', key = '', ...rest] = named.split('/');
  if (name === '' || key === '' || rest.length > 0) {
    throw plumbError('cli.usage', '--oidc-client-secret is NAME/KEY of a Secret, and never the secret itself');
  }
  return async () => {
    const object = await client.get({ group: '', kind: 'Secret', namespace, name }, { signal });
    const data = (object?.['data'] ?? {}) as Readonly<Record<string, string | undefined>>;
    const value = data[key];
    if (value === undefined)
      throw plumbError('auth.settings', `there is no Secret ${namespace}/${name} with the key ${key}`);
    return sensitive(Buffer.from(value, 'base64').toString('utf8').trim());
  };
}

async function contentOf(file: string, context: CliContext): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, file), 'utf8');
  } catch (error) {
    throw plumbError('cli.folder-unreadable', `${file} cannot be read`, { cause: error });
  }
}
