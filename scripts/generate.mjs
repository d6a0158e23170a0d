// `npm run generate`: writes the files that are generated from the sources; with --check compares instead.
import { main } from './lib/failure.mjs';
import { nodeFlags, nodePath } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { foreground } from './lib/run.mjs';

await main(async () => {
  const env = await prepare([]);
  process.exitCode = await foreground(nodePath, [...nodeFlags, 'scripts/lib/generate.ts', ...process.argv.slice(2)], {
    env,
  });
});
