import type { Command } from 'commander';
import { Option } from 'commander';

/** The ways in which objects are printed. */
export const outputFormats = ['wide', 'json', 'yaml', 'name'] as const;

/** Further ways, in which differences are printed: every other command refuses them. */
const diffFormats: readonly string[] = ['unified', 'markdown'];

/** Whether a format is for differences alone. */
export function isDiffFormat(output: string | undefined): boolean {
  return output !== undefined && diffFormats.includes(output);
}

/** How objects are printed; a table where nothing is said. */
export type OutputFormat = (typeof outputFormats)[number];

/** The flags that every command takes, before or after its name. */
export interface GlobalOptions {
  /** Path of a kubeconfig; KUBECONFIG and ~/.kube/config where left out. */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig; its current one where left out. */
  readonly context?: string;
  /** Programs that the kubeconfig may run for credentials. */
  readonly allowExec: readonly string[];
  /** URL of a server of Plumbline; PLUMB_SERVER where left out. Without one the cluster is asked itself. */
  readonly server?: string;
  /** File with the bearer token for the server. */
  readonly tokenFile?: string;
  readonly namespace?: string;
  readonly output?: OutputFormat;
  /** False with `--no-color`. */
  readonly color: boolean;
  readonly quiet?: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
}

/** Adds the flags that every command takes. */
export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(new Option('--kubeconfig <file>', 'path of the kubeconfig (default: $KUBECONFIG, else ~/.kube/config)'))
    .addOption(new Option('--context <name>', 'context of the kubeconfig (default: its current one)'))
    .addOption(
      new Option('--allow-exec <program>', 'a program that the kubeconfig may run for credentials; may be repeated')
        .default([], 'none')
        .argParser((value: string, previous: readonly string[]) => [...previous, value]),
    )
    .addOption(
      new Option('--server <url>', 'ask this server of Plumbline, and not the cluster itself (default: $PLUMB_SERVER)'),
    )
    .addOption(
      new Option(
        '--token-file <file>',
        'file with a bearer token for the server, read for each request; plumb login keeps it, and takes - for standard input',
      ),
    )
    .addOption(new Option('-n, --namespace <name>', 'namespace (default: that of the context)'))
    .addOption(
      new Option('-o, --output <format>', 'how to print objects; unified and markdown are for differences').choices([
        ...outputFormats,
        ...diffFormats,
      ]),
    )
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .option('-q, --quiet', 'no progress, only results and problems')
    .addOption(
      new Option('-v, --verbose', 'say more; -vv even more')
        .default(0, '0')
        .argParser((_value: string, previous: number) => previous + 1),
    );
}
