// `npm start`: set-up, then `plumb start` with the arguments given.
import { main } from './lib/failure.mjs';
import { plumbFlags, nodePath } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { foreground } from './lib/run.mjs';

await main(async () => {
  const args = process.argv.slice(2);
  const ownCluster = args.some((arg) => /^--(?:context|kubeconfig)(?:=|$)/.test(arg));
  const env = await prepare(ownCluster ? ['renderer'] : ['devcluster', 'renderer']);
  process.exitCode = await foreground(nodePath, [...plumbFlags, 'src/cli/main.ts', 'start', ...args], { env });
});
