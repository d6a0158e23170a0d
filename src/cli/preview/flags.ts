import { type Command, InvalidArgumentError, Option } from 'commander';
import { allOnlyFor, type Way } from '../ways.ts';

/** What the command line says about a comparison of two commits. */
export interface PreviewOptions {
  readonly base?: string;
  readonly head?: string;
  readonly direct?: boolean;
  readonly clone?: string;
  readonly repository?: string;
  readonly applications: readonly string[];
  readonly offline?: boolean;
  readonly kubeVersion?: string;
  readonly apiVersions: readonly string[];
  readonly limit: number;
}

const collect = (value: string, previous: readonly string[]) => [...previous, value];
const smallest = 2_000;

function parseLimit(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= smallest) return value;
  throw new InvalidArgumentError(`It is a whole number from ${smallest}.`);
}

/** Flags of a comparison of two commits. */
export const ofPreview: Way = { told: 'a comparison of two commits (--base)' };

/** Adds the flags of a comparison of two commits. */
export function addPreviewFlags(command: Command): Command {
  command.option('--base <name>', 'compare two commits: the branch, tag or commit that would be merged into');
  return allOnlyFor(ofPreview, command, addOthers);
}

function addOthers(command: Command): Command {
  return command
    .option('--head <name>', 'with --base: the branch, tag or commit that is proposed (default: HEAD)')
    .option('--direct', 'with --base: compare with the base itself, not with where the head parted from it')
    .option('--clone <folder>', 'with --base: a folder in the clone to read (default: the present one)')
    .addOption(
      new Option(
        '--applications <path>',
        'with --base: a file or folder with Applications, in the place of those of the cluster; may be repeated',
      )
        .default([], 'none')
        .argParser(collect),
    )
    .option('--repository <name>', 'with --base: the Repository that the clone is of (default: told by its remotes)')
    .option('--offline', 'with --base: ask no cluster, and check only what can be checked without one')
    .option('--kube-version <version>', 'with --base: version of Kubernetes that charts see (default: of the cluster)')
    .addOption(
      new Option('--api-versions <list>', 'with --base: API versions that charts see, parted by commas')
        .default([], "the cluster's")
        .argParser((text: string) => text.split(',').filter((part) => part !== '')),
    )
    .addOption(
      new Option('--limit <characters>', 'with --base -o markdown: longest text')
        .default(60_000, '60000')
        .argParser(parseLimit),
    );
}
