import { type Command, Option } from 'commander';

/** What the command line says about how to render a folder. */
export interface SourceOptions {
  readonly path?: string;
  readonly root?: string;
  readonly name?: string;
  readonly type: 'auto' | 'directory' | 'kustomize' | 'helm' | 'jsonnet';
  readonly recurse?: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly releaseName?: string;
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly setString: readonly string[];
  readonly skipCrds?: boolean;
  /** False: the charts that are needed have to lie beside the one that needs them. */
  readonly fetch: boolean;
  readonly tla: readonly string[];
  readonly tlaCode: readonly string[];
  readonly extVar: readonly string[];
  readonly extCode: readonly string[];
  readonly libraryPath: readonly string[];
}

const collect = (value: string, previous: readonly string[]) => [...previous, value];

function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be repeated`).default([], 'none').argParser(collect);
}

/** Adds the flags that say how to render a folder. */
export function addSourceFlags(command: Command): Command {
  return command
    .option(
      '--root <folder>',
      'the folder that nothing is read outside of (default: the Git work tree around the path)',
    )
    .option('--name <name>', 'name, as an Application would have it (default: the name of the folder)')
    .addOption(
      new Option('--type <type>', 'how to render; `auto` looks what lies there')
        .choices(['auto', 'directory', 'kustomize', 'helm', 'jsonnet'])
        .default('auto'),
    )
    .option('--recurse', 'plain files: read the folders below as well')
    .addOption(repeatable('--include <glob>', 'plain files: which to read'))
    .addOption(repeatable('--exclude <glob>', 'plain files: which to leave out'))
    .option('--release-name <name>', 'Helm: name of the release (default: the name)')
    .addOption(repeatable('-f, --values <file>', 'Helm: a values file, the later ones winning'))
    .addOption(repeatable('--set <path=value>', 'Helm: one value'))
    .addOption(repeatable('--set-string <path=value>', 'Helm: one value, kept a string'))
    .option('--skip-crds', "Helm: leave the chart's crds/ folder out")
    .option('--no-fetch', 'Helm: fail where a chart that is needed does not lie in charts/')
    .addOption(repeatable('--tla <name=value>', 'Jsonnet: a top-level argument'))
    .addOption(repeatable('--tla-code <name=code>', 'Jsonnet: a top-level argument as code'))
    .addOption(repeatable('--ext-var <name=value>', 'Jsonnet: an external variable'))
    .addOption(repeatable('--ext-code <name=code>', 'Jsonnet: an external variable as code'))
    .addOption(repeatable('-J, --library-path <folder>', 'Jsonnet: where imports are looked for'));
}
