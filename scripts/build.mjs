// `npm run build`: a publishable dist/. `npm pack` then makes the package.
import {
  chmodSync,
  cpSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { loadSteps, outputOf } from './lib/binaries.mjs';
import { Failure, main } from './lib/failure.mjs';
import { root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { run } from './lib/run.mjs';

const dist = join(root, 'dist');

async function compile(folder, env) {
  const args = ['-p', 'tsconfig.build.json', '--outDir', folder];
  const { code, output } = await run(join('node_modules', '.bin', 'tsc'), args, { env });
  if (code !== 0) throw new Failure(`The sources do not compile:\n${output}`);
}

/** The renderer goes along compressed: 15 MB instead of 90. Compressed once for each version of it. */
async function addRenderer(folder) {
  for (const step of await loadSteps(['renderer'])) {
    const source = join(await outputOf(step), 'renderer.wasm');
    const compressed = `${source}.gz`;
    if (!existsSync(compressed)) {
      const temporary = `${compressed}.${process.pid}`;
      const gzip = createGzip({ level: constants.Z_BEST_COMPRESSION });
      await pipeline(createReadStream(source), gzip, createWriteStream(temporary));
      renameSync(temporary, compressed);
    }
    mkdirSync(join(folder, 'render'), { recursive: true });
    cpSync(compressed, join(folder, 'render', 'renderer.wasm.gz'));
  }
}

await main(async () => {
  const env = await prepare(['renderer']);
  const temporary = `${dist}.${process.pid}`;
  try {
    await compile(temporary, env);
    await addRenderer(temporary);
    chmodSync(join(temporary, 'cli', 'main.js'), 0o755);
    rmSync(dist, { recursive: true, force: true });
    renameSync(temporary, dist);
  } finally {
    // What could not be compiled leaves nothing behind.
    rmSync(temporary, { recursive: true, force: true });
  }
  console.log('Built dist/.');
});
