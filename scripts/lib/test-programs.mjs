// Programs that some tests use and no set-up brings along.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each with the Debian package that holds it. */
const programs = {
  curl: 'curl',
  gpg: 'gnupg',
  openssl: 'openssl',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

/**
 * Says in one sentence which programs are missing, and what brings them.
 * @returns {string | undefined} undefined where all are there
 */
export function missingPrograms(path = process.env.PATH ?? '') {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const missing = Object.keys(programs).filter(
    (program) => !folders.some((folder) => isProgram(join(folder, program))),
  );
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
