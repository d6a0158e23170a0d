// `npm run setup`: everything that the other commands need. Each of them does its own part by itself.
import { main } from './lib/failure.mjs';
import { prepare } from './lib/prepare.mjs';

await main(async () => {
  await prepare(
    process.argv.length > 2
      ? process.argv.slice(2)
      : ['devcluster', 'renderer', 'reference-tools', 'kubectl', 'gitea', 'registry', 'chromium', 'definitions'],
  );
  process.stderr.write('Set up.\n');
});
