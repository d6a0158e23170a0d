import { dump } from 'js-yaml';
import { crds, referenceMarkdown } from '../../src/api/index.ts';

/** The custom resources as YAML for `kubectl apply`, and as a reference to read. */
export async function generate(): Promise<Record<string, string>> {
  const documents = crds().map((crd) => dump(crd, { noRefs: true, lineWidth: 120 }));
  return {
    'install/crds.yaml': `# Made from src/api/ by \`npm run generate\`; do not edit.\n${documents.join('---\n')}`,
    'docs/application-reference.md': referenceMarkdown(),
  };
}
