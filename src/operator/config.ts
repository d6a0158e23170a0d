import { loadAll } from 'js-yaml';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type ForgeKind, forgeKinds } from '../forge/index.ts';
import { PlumbError, plumbError, type Problem, throwProblems } from '../errors.ts';

const namePattern = '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$';
const secretKey = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?\\.[-._a-zA-Z0-9]+$',
  description: 'A key of a Secret in the namespace of the operator, as `secretName.keyName`.',
});

const gitSyncSchema = Type.Object(
  {
    enabled: Type.Boolean({ description: 'False: what workers want synced to Git is written to the cluster instead.' }),
    org: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$',
        description: 'Owner on GitHub of `repository`, where that is a bare name.',
      }),
    ),
    repository: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Name of a repository of `org` on GitHub, or the URL of any repository.',
      }),
    ),
    branch: Type.Optional(Type.String({ minLength: 1, description: 'The branch that is written to. It must exist.' })),
    credentials: Type.Optional(secretKey),
    username: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The user that the token is sent with; what the forge wants where left out.',
      }),
    ),
    layout: Type.Enum(['object', 'flat'], {
      type: 'string',
      default: 'object',
      description:
        '`object`: `<namespace>/<Kind>/<name>/<name>.json`. `flat`: `<namespace>/<Kind>-<name>.json`. Files of either are found.',
    }),
    path: Type.String({ default: '', description: 'Folder of the repository that all of it lies in.' }),
    mode: Type.Enum(['commit', 'pullRequest'], {
      type: 'string',
      default: 'commit',
      description: '`pullRequest`: a person merges each change, and the resource waits for that.',
    }),
    forge: Type.Optional(
      Type.Enum(forgeKinds, {
        type: 'string',
        description: 'The product that pull requests are made on, where its host does not tell.',
      }),
    ),
    format: Type.Enum(['json', 'yaml'], {
      type: 'string',
      default: 'json',
      description: 'What new files are written in.',
    }),
    signing: Type.Optional(secretKey),
    author: Type.Optional(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          email: Type.String({ pattern: '^[^\\s<>@]+@[^\\s<>@]+$' }),
        },
        { additionalProperties: false, description: 'Who makes the commits; the operator where left out.' },
      ),
    ),
  },
  { additionalProperties: false },
);

const configSchema = Type.Object(
  {
    enableLeaderElection: Type.Boolean({ default: true, description: 'Only one of all that run works at a time.' }),
    leaderElectionNamespace: Type.Optional(
      Type.String({
        pattern: namePattern,
        description: 'Namespace of the Lease; that of the operator where left out.',
      }),
    ),
    watchNamespace: Type.Optional(
      Type.String({ pattern: namePattern, description: 'The one namespace that is looked after; all where left out.' }),
    ),
    gitSync: Type.Optional(gitSyncSchema),
  },
  { additionalProperties: false },
);

/** The configuration of an operator, with defaults filled in. */
export type OperatorConfig = Omit<Static<typeof configSchema>, 'gitSync'> & { readonly gitSync?: GitSyncConfig };

/** A key of a Secret in the namespace of the operator. */
export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

/** Where and how GitSync writes. */
export type GitSyncConfig = { readonly enabled: false } | EnabledGitSync;

/** A `gitSync` block that is enabled, with its repository found. */
export interface EnabledGitSync {
  readonly enabled: true;
  /** URL of the repository, without credentials. */
  readonly url: string;
  readonly branch: string;
  /** The token; undefined where the repository lets anybody write, as one on the same machine may. */
  readonly credentials: SecretKey | undefined;
  readonly username: string | undefined;
  readonly layout: 'object' | 'flat';
  readonly path: string;
  readonly mode: 'commit' | 'pullRequest';
  readonly forge: ForgeKind | undefined;
  readonly format: 'json' | 'yaml';
  /** The private key that commits are signed with. */
  readonly signing: SecretKey | undefined;
  readonly author: { readonly name: string; readonly email: string } | undefined;
}

/**
 * The configuration of an operator, from YAML, JSON or an object of that form.
 * @throws PlumbError `operator.config-invalid` with everything that is wrong
 */
export function parseOperatorConfig(input: unknown): OperatorConfig {
  const given = typeof input === 'string' ? readYaml(input) : (input ?? {});
  const value: unknown = Value.Default(configSchema, Value.Clone(given));
  const problems = problemsIn(configSchema, value);
  const block = blockOf(value);
  problems.push(...(block === undefined ? [] : problemsOfBlock(block)));
  throwProblems(problems);
  const { gitSync, ...rest } = value as Static<typeof configSchema>;
  return { ...rest, ...(gitSync === undefined ? {} : { gitSync: enabledGitSync(gitSync) }) };
}

function readYaml(text: string): unknown {
  try {
    return loadAll(text)[0] ?? {};
  } catch (cause) {
    throw plumbError('operator.config-invalid', `the configuration is no YAML: ${(cause as Error).message}`);
  }
}

function problemsIn(schema: TSchema, value: unknown): Problem[] {
  return Value.Errors(schema, value).flatMap((error) => {
    // Says of an unknown field once more that it is one.
    if (error.keyword === 'boolean') return [];
    const field = error.instancePath.slice(1).replaceAll('/', '.');
    const unknown = error.keyword === 'additionalProperties' ? error.params.additionalProperties : undefined;
    if (unknown === undefined) return [problem(error.message, field)];
    return unknown.map((name) => problem('there is no such field', field === '' ? name : `${field}.${name}`));
  });
}

function problem(message: string, field: string): Problem {
  return { code: 'operator.config-invalid', message, where: { field } };
}

type Block = Readonly<Record<string, unknown>>;

function blockOf(value: unknown): Block | undefined {
  const block = (value as { gitSync?: unknown } | undefined)?.gitSync;
  return typeof block === 'object' && block !== null ? (block as Block) : undefined;
}

/** What only holds of several fields together; looked at also where single ones are wrong, so that all is told at once. */
function problemsOfBlock(block: Block): readonly Problem[] {
  if (block['enabled'] !== true) return [];
  const missing = ['repository', 'branch', 'credentials'].filter(
    (field) => block[field] === undefined && !(field === 'credentials' && isUrl(block['repository'])),
  );
  const problems = missing.map((field) => problem('is needed where gitSync is enabled', `gitSync.${field}`));
  const { repository, org } = block;
  if (typeof repository === 'string' && !isUrl(repository)) {
    if (!/^[A-Za-z0-9_.-]+$/.test(repository))
      problems.push(problem('is neither a name nor a URL', 'gitSync.repository'));
    if (org === undefined) problems.push(problem('is needed where gitSync.repository is a bare name', 'gitSync.org'));
  }
  return problems;
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && (value.includes('://') || /^[^/\s]+@[^/\s]+:/.test(value));
}

function enabledGitSync(block: Static<typeof gitSyncSchema>): GitSyncConfig {
  const {
    enabled,
    org,
    repository,
    branch,
    credentials,
    signing,
    username,
    author,
    layout,
    path,
    mode,
    forge,
    format,
  } = block;
  if (!enabled) return { enabled: false };
  if (repository === undefined || branch === undefined) throw new PlumbError([problem('is needed', 'gitSync')]);
  return {
    enabled: true,
    url: isUrl(repository) ? repository : `https://github.com/${org ?? ''}/${repository}`,
    branch,
    credentials: secretKeyOf(credentials),
    username,
    layout,
    path,
    mode,
    forge,
    format,
    signing: secretKeyOf(signing),
    author,
  };
}

/** The name of a Secret has no dot here, a key may have one: `git.github.token` is the key `github.token` of `git`. */
function secretKeyOf(text: string | undefined): SecretKey | undefined {
  if (text === undefined) return undefined;
  const dot = text.indexOf('.');
  return { secret: text.slice(0, dot), key: text.slice(dot + 1) };
}
