import { Command } from 'commander';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { applyInstall } from '../install/apply.ts';
import { defaultInstallNamespace, installManifests } from '../install/manifests.ts';
import { formatObjects } from '../output/objects.ts';
import { action, type Session } from '../session.ts';

interface InstallOptions {
  readonly dryRun?: boolean;
}

async function install(session: Session<InstallOptions>): Promise<void> {
  const { options, progress, signal } = session;
  const manifests = await installManifests(options.namespace ?? defaultInstallNamespace);
  if (options.dryRun === true) {
    const format = options.output === 'json' || options.output === 'name' ? options.output : 'yaml';
    session.print(await formatObjects(manifests, format));
    return;
  }
  progress.step('Installing');
  const results: string[] = [];
  await withCluster(session, ({ client }) =>
    applyInstall(client, manifests, signal, (name, did) => {
      progress.detail(name);
      results.push(`${name} ${did}\n`);
    }),
  );
  progress.done();
  session.print(results.join(''));
}

/** `plumb install`: custom resources and rights into the cluster of the kubeconfig. */
export function installCommand(context: CliContext): Command {
  const command = new Command('install')
    .description('Put the custom resources and the rights of Plumbline into the cluster; also updates them')
    .option('--dry-run', 'print the manifests instead of applying them')
    .action(action(context, install));
  return withExamples(command, [
    ['plumb install', 'Into the cluster of the current context'],
    ['plumb install --dry-run -o yaml', 'See, or commit, what would be applied'],
  ]);
}
