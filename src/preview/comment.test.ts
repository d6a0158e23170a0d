import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import { previewOf } from '../../test/support/preview-sets.ts';
import type { Location } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { compareRenders } from './compare.ts';
import { formatComment } from './comment.ts';
import type { ApplicationPreview, Preview } from './types.ts';

/** What a forge makes of it: GitHub's Markdown, with the HTML that it allows. */
function shown(text: string): string {
  return micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

/** What is left where everything that is shown as code is taken away. */
function outsideOfCode(html: string): string {
  return html.replaceAll(/<code[^>]*>[^]*?<\/code>/g, '');
}

/** Texts by which content gets out of where it belongs; each with a mark that must be found in code alone. */
const hostile = fc
  .array(
    fc.constantFrom(
      'EVIL',
      '@everyone ',
      '`',
      '```',
      '\n```\n# EVIL\n',
      '\n~~~\n',
      '\r```\r# EVIL',
      '</code></summary></details><img src=x onerror=EVIL>',
      '<!-- EVIL',
      '-->',
      '[EVIL](https://evil.example)',
      '![EVIL](https://evil.example/x.png)',
      'https://evil.example/EVIL',
      '| EVIL | EVIL |',
      '\\',
      '\\`',
      '\u202eEVIL',
      '\n\n',
      '#12 ',
      '$x$',
      '&lt;EVIL',
      '<script>EVIL</script>',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const hostilePreview: fc.Arbitrary<Preview> = fc
  .array(fc.record({ name: hostile, a: hostile, b: hostile, c: hostile }), { minLength: 1, maxLength: 4 })
  .map((all) => {
    const applications = all.map(({ name, a, b, c }, index): ApplicationPreview => {
      const config = (text: string): KubeObject => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `${index}${c}` },
        data: { [a]: text, 'fixed.txt': a },
      });
      const gone = { apiVersion: 'apps/v1', kind: `Deployment${a}`, metadata: { name: b } };
      const where = { file: a, line: 3, object: b, field: c };
      return {
        application: `${index}/${name}`,
        changes: compareRenders([config(a), gone], [config(b)]),
        problems: [
          { code: 'render.kustomize', message: b, where },
          { code: 'kube.invalid', message: a, where: { object: b }, hint: c },
        ],
        warnings: [{ code: 'render.warning', message: c }],
        notes: [a],
        cluster: {
          beyond: [
            {
              id: b,
              key: { group: '', kind: 'ConfigMap', namespace: '', name: b },
              change: 'update',
              changes: [{ path: c, before: a, after: b }],
            },
          ],
          already: [c],
        },
      };
    });
    const { name = '' } = all[0] ?? {};
    return previewOf([], { applications, base: { name, commit: 'b'.repeat(40) } });
  });

const links = {
  fileLink: ({ file = '' }: Location) => `https://forge.example/blob/${encodeURI(file)}`,
  moreLink: 'https://forge.example/compare/a...b',
};

test('whatever stands in the manifests is shown as code and ends nothing', async () => {
  await fc.assert(
    fc.asyncProperty(hostilePreview, fc.boolean(), async (preview, folds) => {
      const text = await formatComment(preview, { limit: 1_000_000, folds, ...links });
      const html = shown(text);
      const rest = outsideOfCode(html);
      // The address of a file holds its name: it leads to the forge all the same.
      expect(rest.replaceAll(/href="https:\/\/forge\.example\/[^"]*"/g, '')).not.toMatch(
        /EVIL|@|evil\.example|onerror/,
      );
      const tags = new Set([...rest.matchAll(/<\/?([a-z0-9]+)/g)].map(([, name]) => name));
      const known = ['h3', 'h4', 'p', 'strong', 'ul', 'li', 'pre', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a'];
      expect([...tags].filter((name) => ![...known, 'details', 'summary'].includes(name ?? ''))).toEqual([]);
      const blocks = preview.applications.reduce((sum, { changes }) => sum + changes.length + 1, 0);
      expect(html.match(/<pre>/g)).toHaveLength(blocks);
      expect(html.match(/<details>/g) ?? []).toHaveLength(folds ? blocks : 0);
      expect(html.match(/<\/details>/g) ?? []).toHaveLength(folds ? blocks : 0);
      for (const [, address] of rest.matchAll(/href="([^"]*)"/g))
        expect(address).toMatch(/^https:\/\/forge\.example\//);
      // Every row has as many cells as the head.
      expect((html.match(/<td/g) ?? []).length % 7).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('the comment keeps within the limit, whatever it is, and is the same each time', async () => {
  await fc.assert(
    fc.asyncProperty(hostilePreview, fc.integer({ min: 2_000, max: 20_000 }), async (preview, limit) => {
      const text = await formatComment(preview, { limit, folds: true, ...links });
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(await formatComment(structuredClone(preview), { limit, folds: true, ...links })).toBe(text);
    }),
  );
});

const config = (name: string, lines: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'prod' },
  data: { text: 'line\n'.repeat(lines) },
});

test('the longest diffs are left out first, and it is said which', async () => {
  const changes = compareRenders([config('long', 400), config('longer', 900), config('short', 3)], []);
  const preview = previewOf(changes);
  const whole = await formatComment(preview, { limit: 60_000, folds: true, ...links });
  expect(whole).not.toContain('no room');
  expect(whole.match(/<details>/g)).toHaveLength(3);
  const text = await formatComment(preview, { limit: 6_000, folds: true, ...links });
  expect(text).toContain('**One diff has no room in this comment**: `ConfigMap prod/longer deleted`.');
  expect(text).toContain(`\`plumb diff --base ${'b'.repeat(40)} --head ${'a'.repeat(40)}\` shows everything.`);
  expect(text).toContain('[`compare`](https://forge.example/compare/a...b)');
  expect(text.match(/<details>/g)).toHaveLength(2);
  // The risks of what is left out are told all the same.
  expect(text).toContain('- Deletes an object: `ConfigMap prod/longer` in `team-a/web`');
});

test('a thousand risks and no room: the gravest are told, and how many more there are', async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => config(`config-${String(index).padStart(4, '0')}`, 1));
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } };
  const text = await formatComment(previewOf(compareRenders([...many, namespace], [])), {
    limit: 4_000,
    folds: true,
  });
  expect(text.length).toBeLessThanOrEqual(4_000);
  expect(text).toContain('Deletes a Namespace, and with it everything in it: `Namespace prod`');
  expect(text).toMatch(/- and \d+ more/);
});

const deployment = (replicas: number, image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { replicas, template: { spec: { containers: [{ name: 'web', image }] } } },
});

test('a comment as people see it', async () => {
  const preview = previewOf(
    compareRenders([deployment(2, 'nginx:1.26'), config('old', 1)], [deployment(0, 'nginx:1.27')]),
    { untouched: 4 },
  );
  expect(await formatComment(preview, { limit: 60_000, folds: true })).toBe(
    `### Plumbline preview

**1 Application would change; 3 risks to look at.** 4 other Applications read nothing of what differs.

| Application | deleted | made anew | changed | created | risks | problems |
|---|--:|--:|--:|--:|--:|--:|
| \`team-a/web\` | 1 |  | 1 |  | 3 |  |

#### Risks

- Deletes an object: \`ConfigMap prod/old\` in \`team-a/web\`
- Stops all pods: \`apps/Deployment prod/web\`: \`spec.replicas: 2 -> 0\` in \`team-a/web\`
- Runs another image: \`apps/Deployment prod/web\`: \`containers[name=web]: nginx:1.26 -> nginx:1.27\` in \`team-a/web\`

#### \`team-a/web\`

<details><summary><code>ConfigMap prod/old deleted</code></summary>

\`\`\`diff
@@ -1,8 +1,0 @@
-apiVersion: v1
-kind: ConfigMap
-metadata:
-  name: old
-  namespace: prod
-data:
-  text: |
-    line
\`\`\`

</details>

<details><summary><code>apps/Deployment prod/web changed</code></summary>

\`\`\`diff
@@ -4,9 +4,9 @@
   name: web
   namespace: prod
 spec:
-  replicas: 2
+  replicas: 0
   template:
     spec:
       containers:
-        - image: nginx:1.26
+        - image: nginx:1.27
           name: web
\`\`\`

</details>

Compared \`aaaaaaaaaaaa\` with \`bbbbbbbbbbbb\` of \`main\`.
`,
  );
});
