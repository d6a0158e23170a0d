import { type Command, Option } from 'commander';

/** The flags of every command that changes an object of an Application. */
export interface ChangeOptions {
  readonly message?: string;
  readonly action?: string;
  readonly pullRequest?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly objectNamespace?: string;
}

/** Adds the flags of a change. */
export function addChangeOptions(command: Command): Command {
  return command
    .option('--dry-run', 'try everything and show the diff of the files, and commit nothing')
    .option('--wait', 'answer when the cluster has it, or will not have it')
    .option('--message <message>', 'why, for the commit')
    .option('--action <action>', 'what the commit says was done (default: update)')
    .option('--pull-request', 'propose it, where the Application would commit')
    .addOption(
      new Option('--object-namespace <name>', 'namespace of the object, where several have its kind and name'),
    );
}
