// `./plumb`: the command line from source, in the folder that it is called from.
import { join } from 'node:path';
import { main } from './lib/failure.mjs';
import { plumbFlags, nodePath } from './lib/node.mjs';
import { root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { foreground } from './lib/run.mjs';

await main(async () => {
  const env = await prepare([]);
  const program = join(root, 'src', 'cli', 'main.ts');
  process.exitCode = await foreground(nodePath, [...plumbFlags, program, ...process.argv.slice(2)], {
    env,
    cwd: process.cwd(),
  });
});
