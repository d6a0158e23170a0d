// Links in the documents: each relative one has to lead to a file, and to a heading where it names one.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './paths.mjs';

function documents() {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = ['docs', 'examples', 'devcluster', 'renderer', 'bench']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, String(file))))
    .filter((file) => file.endsWith('.md'));
  return [...top, ...below];
}

/** The anchors that a forge makes of a document's headings. */
function anchorsOf(text) {
  const headings = withoutCode(text).matchAll(/^#{1,6}\s+(.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function withoutCode(text) {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '');
}

/** Every link that leads nowhere, as `document: target`. */
export function brokenLinks() {
  const broken = [];
  for (const document of documents()) {
    const text = readFileSync(join(root, document), 'utf8');
    const prose = withoutCode(text).replaceAll(/`[^`\n]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
      if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
      const [path, anchor] = target.split('#');
      const file = path === '' ? join(root, document) : resolve(root, dirname(document), decodeURIComponent(path));
      const leadsOutside = relative(root, file).startsWith('..');
      if (leadsOutside || !existsSync(file)) broken.push(`${document}: ${target} (no such file)`);
      else if (anchor && statSync(file).isFile() && !anchorsOf(readFileSync(file, 'utf8')).has(anchor)) {
        broken.push(`${document}: ${target} (no such heading)`);
      }
    }
  }
  return broken;
}
