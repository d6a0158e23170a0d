// The list of decision records in docs/adr/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'adr');

const introduction = `# Decision records

One page for each decision that somebody could have made otherwise: what was decided, why, and what else was considered.
A record is dated and is not changed later; a new one replaces it. This list is made by \`npm run generate\`.
`;

/** The content of the list. */
export async function generate(): Promise<Record<string, string>> {
  const records = readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.md$/.test(name))
    .toSorted();
  const lines = records.map((name) => {
    const heading = /^# (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1];
    if (heading === undefined) throw new Error(`docs/adr/${name} has no heading`);
    return `- [${heading}](${name})`;
  });
  return { 'docs/adr/README.md': `${introduction}\n${lines.join('\n')}\n` };
}
