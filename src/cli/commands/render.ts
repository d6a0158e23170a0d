import { randomBytes } from 'node:crypto';
import { Argument, Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatObjects } from '../output/objects.ts';
import { action, type Session } from '../session.ts';
import { addSourceFlags, type SourceOptions } from '../source/flags.ts';
import { printWarnings, withFolderRenderer } from '../source/render-folder.ts';

/** The version that charts are told of where no cluster is asked. */
const assumedKubeVersion = 'v1.36.3';

interface RenderOptions extends SourceOptions {
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
  readonly showSecrets?: boolean;
}

async function render(session: Session<RenderOptions>): Promise<void> {
  const { args, options, progress } = session;
  progress.step('Rendering');
  const folder = {
    path: args[0] ?? '.',
    namespace: options.namespace ?? 'default',
    kubeVersion: options.kubeVersion,
    apiVersions: options.apiVersions,
  };
  // Nobody keeps the seed: what is random is new each time, as `helm template` has it.
  const result = await withFolderRenderer(session, folder, (renderWith) => renderWith(randomBytes(32)));
  printWarnings(session, result);
  progress.done();
  const format = options.output === 'json' || options.output === 'name' ? options.output : 'yaml';
  session.print(await formatObjects(result.objects, format, { showSecrets: options.showSecrets === true }));
}

/** `plumb render [PATH]`: what a folder renders to, with no cluster. */
export function renderCommand(context: CliContext): Command {
  const command = addSourceFlags(
    new Command('render')
      .description('Print what a folder renders to: plain files, Kustomize, Helm or Jsonnet; needs no cluster')
      .addArgument(new Argument('[path]', 'folder to render; the present one where left out')),
  )
    .addOption(
      new Option('--kube-version <version>', 'version of Kubernetes that charts see').default(assumedKubeVersion),
    )
    .addOption(
      new Option('--api-versions <list>', 'all API versions that charts see, parted by commas (default: those of Helm)')
        .default([], 'those of Helm')
        .argParser((text: string) => text.split(',').filter((part) => part !== '')),
    )
    .option('--show-secrets', 'print the values of Secrets, which are *** otherwise')
    .action(action(context, render));
  return withExamples(command, [
    ['plumb render examples/k8s-apps/overlays/prod', 'A kustomization'],
    [
      'plumb render examples/k8s-apps/charts/greeter -f examples/k8s-apps/environments/prod/greeter.yaml',
      'A chart with values',
    ],
    [
      'plumb render examples/k8s-apps/base --type directory --exclude kustomization.yaml -o name',
      'The names of the objects only',
    ],
  ]);
}
