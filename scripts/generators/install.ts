// install/plumbline.yaml, from the types in src/api/ and the rights that the controller needs.
import { defaultInstallNamespace, installManifests } from '../../src/cli/install/manifests.ts';
import { formatObjects } from '../../src/cli/output/objects.ts';

/** The content of the file. */
export async function generate(): Promise<Record<string, string>> {
  const manifests = await formatObjects(await installManifests(defaultInstallNamespace), 'yaml');
  return { 'install/plumbline.yaml': `# Made by \`npm run generate\`: what \`plumb install\` applies.\n${manifests}` };
}
