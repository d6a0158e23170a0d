// `npm run bench`: set-up, then the benchmark of docs/benchmarks.md with the arguments given.
import { main } from './lib/failure.mjs';
import { nodeFlags, nodePath } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { foreground } from './lib/run.mjs';

await main(async () => {
  const env = await prepare(['devcluster', 'renderer']);
  process.exitCode = await foreground(nodePath, [...nodeFlags, 'bench/main.ts', ...process.argv.slice(2)], { env });
});
