import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..', '..');

/** The set-up step that builds kubectl, as far as finding it goes. */
interface KubectlStep {
  readonly fingerprint: () => string;
}

const step = (await import(join(project, 'scripts', 'steps', 'kubectl.mjs'))) as KubectlStep;

/** The folder that holds the real kubectl, for a PATH. */
export const kubectlFolder = join(project, '.cache', 'bin', `kubectl-${step.fingerprint()}`);
if (!existsSync(kubectlFolder)) throw new Error('kubectl is not built: run `npm run setup -- kubectl`');

/** Runs the real kubectl to its end and returns what it wrote. @throws Error with its complaint where it fails */
export function kubectl(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(kubectlFolder, 'kubectl'), args, { env, timeout: 180_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.join(' ')}: ${stderr}`, { cause: error }));
    });
  });
}
