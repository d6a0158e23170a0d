import { resolve } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { plumbError, throwProblems } from '../../errors.ts';
import type { VerifyMode } from '../../git/index.ts';
import { type CliContext, FailedWith } from '../context.ts';
import { withExamples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';
import { readKeys } from '../keys.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { action, type Session } from '../session.ts';

interface VerifyOptions {
  readonly path: string;
  readonly keys: readonly string[];
  readonly mode?: VerifyMode;
  readonly since?: string;
}

const modes = ['Head', 'Tag', 'TagAndHead', 'Commits'] as const;
async function verify(session: Session<VerifyOptions>): Promise<void> {
  const { args, options, context, progress, print, signal } = session;
  const { since } = options;
  const mode = options.mode ?? (since === undefined ? 'Head' : 'Commits');
  if (since !== undefined && mode !== 'Commits') {
    throw plumbError('cli.usage', `--since is for --mode Commits, not for ${mode}`);
  }
  const [revision] = args;
  if (revision === undefined && (mode === 'Tag' || mode === 'TagAndHead')) {
    throw plumbError('cli.usage', `--mode ${mode} needs the name of a tag`);
  }
  progress.step('Verifying');
  const found = await (async () => {
    const { verifyClone } = await import('../../git/index.ts');
    return verifyClone({
      folder: resolve(context.cwd, options.path),
      revision: revision ?? 'HEAD',
      mode,
      keys: await readKeys(context.cwd, options.keys),
      ...(since === undefined ? {} : { since }),
      signal,
    });
  })().catch((error: unknown) => {
    throw new FailedWith(exitCodes.trouble, error);
  });
  progress.done();
  const { commit, commits, signed, problems } = found;
  if (isDataFormat(options.output)) {
    print(
      await formatData({ commit, mode, accepted: problems.length === 0, commits, signed, problems }, options.output),
    );
  } else if (problems.length === 0) {
    const lines = signed.map(
      ({ what, key, signer }) => `${what} is signed by ${signer === '' ? 'a given key' : signer} (${key})`,
    );
    if (mode === 'Commits') lines.push(`${commits} ${commits === 1 ? 'commit' : 'commits'} verified`);
    print(lines.map((line) => `${line}\n`).join(''));
  }
  throwProblems(problems);
}

/** `plumb verify [REVISION] --keys FILE`: whether a commit, a tag or a range of a clone is signed by given keys. */
export function verifyCommand(context: CliContext): Command {
  const command = new Command('verify')
    .description(
      'Verify the signatures of commits or of a tag in a clone, by given keys; ends with 0 for accepted, 1 for refused, 2 for trouble',
    )
    .addArgument(new Argument('[revision]', 'a commit, branch or tag (default: HEAD)'))
    .addOption(
      new Option(
        '--keys <file>',
        'public keys: armoured OpenPGP, allowed_signers or SSH; a file or a folder, may be repeated',
      )
        .makeOptionMandatory()
        .argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file]),
    )
    .option('--path <folder>', 'a folder in the clone', '.')
    .addOption(
      new Option('--mode <mode>', 'what has to be signed (default: Head; Commits with --since)').choices(modes),
    )
    .option('--since <revision>', 'verify every commit after this one')
    .action(action(context, verify));
  return withExamples(command, [
    ['plumb verify --keys allowed_signers', 'Is the commit that is checked out signed?'],
    ['plumb verify --keys keys/ --since origin/main', 'Is every commit of this branch signed?'],
    ['plumb verify v1.2.3 --mode Tag --keys alice.asc', 'Is this release signed?'],
  ]);
}
