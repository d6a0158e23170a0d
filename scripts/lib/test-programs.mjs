// Programs that some tests use and no set-up brings along.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each with the Debian package that holds it. */
const programs = {
  chromium: 'chromium',
  curl: 'curl',
  gpg: 'gnupg',
  openssl: 'openssl',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

/** What of it is there without a package of the machine: the set-up brings a Chromium for this one. */
const broughtAlong = { 'linux-x64': ['chromium'] };

/**
 * Says in one sentence which programs are missing, and what brings them.
 * @returns {string | undefined} undefined where all are there
 */
export function missingPrograms(path = process.env.PATH ?? '', machine = `${process.platform}-${process.arch}`) {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const needed = Object.keys(programs).filter((program) => !(broughtAlong[machine] ?? []).includes(program));
  const missing = needed.filter((program) => !folders.some((folder) => isProgram(join(folder, program))));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => programs[program]))].join(' ');
  return `Not on PATH: ${missing.join(', ')}. The tests that use them will fail; on Debian, apt-get install ${packages} brings them.`;
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
