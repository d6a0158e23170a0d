import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forgeKinds, type ForgeKind } from '../types.ts';
import { matchesSegment } from './glob.ts';
import { ignoreMatcher } from './ignore-pattern.ts';
import { parseCodeOwners } from './parse.ts';

// The cases are those of the documentation: docs.github.com (About code owners), docs.gitlab.com (Syntax of CODEOWNERS
// file), docs.gitea.com (Code owners), confluence.atlassian.com (Code owners of Bitbucket Data Center).

function owners(kind: ForgeKind, text: string, path: string): string {
  return parseCodeOwners(text, kind)
    .ownersOf(path)
    .map((each) => `${each.section === undefined ? '' : `${each.section.name}: `}${each.owners.join(' ')}`)
    .join(' | ');
}

const gitHub = `
# Comment
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go    docs@example.com
/build/logs/ @doctocat
docs/*  docs@example.com
apps/   @octocat
/docs/  @doctocat
/scripts/ @doctocat @octocat
**/logs @octo-org/logs
/apps/github
/apps/github/doctocat @doctocat
with\\ space @blank
`;

test.each([
  ['README.md', '@global-owner1 @global-owner2'],
  ['a/b/x.js', '@js-owner'],
  ['x.go', 'docs@example.com'],
  ['build/logs/a/b.txt', '@octo-org/logs'],
  ['deeply/nested/logs', '@octo-org/logs'],
  ['docs/getting-started.md', '@doctocat'],
  ['lib/apps/x/y', '@octocat'],
  ['apps/x', '@octocat'],
  ['apps/github', ''],
  ['apps/github/a/b', ''],
  ['apps/github/doctocat', '@doctocat'],
  ['apps/github/doctocat/x', '@doctocat'],
  ['scripts', '@global-owner1 @global-owner2'],
  ['scripts/run.sh', '@doctocat @octocat'],
  ['a/with space/b', '@blank'],
])('GitHub: %s is owned by %s', (path, expected) => {
  expect(owners('GitHub', gitHub, path)).toBe(expected);
});

test('GitHub: docs/* is no deeper than docs', () => {
  expect(owners('GitHub', 'docs/* @d', 'docs/a.md')).toBe('@d');
  expect(owners('GitHub', 'docs/* @d', 'docs/build/a.md')).toBe('');
  expect(owners('GitHub', 'docs/* @d', 'x/docs/a.md')).toBe('');
});

test('GitHub: a slash at the end stands for a folder, and for no file at the root', () => {
  expect(owners('GitHub', '**/ @d', 'a')).toBe('');
  expect(owners('GitHub', '**/ @d', 'a/b')).toBe('@d');
  expect(owners('GitHub', 'a/**/ @d', 'a/b')).toBe('');
  expect(owners('GitHub', 'a/**/ @d', 'a/b/c')).toBe('@d');
});

test('GitHub: what it does not know is left out and told', () => {
  const text = '* @all\n!x @a\n[ab] @a\n\\#x @a\ny someone\nz @a\n';
  const parsed = parseCodeOwners(text, 'GitHub');
  expect(parsed.problems.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
  expect(parsed.ownersOf('a')[0]?.owners).toEqual(['@all']);
  expect(parsed.ownersOf('z')[0]).toEqual({ owners: ['@a'], pattern: 'z', line: 6 });
});

const gitLab = `* @default-codeowner
*.rb @ruby-owner
\\#file_with_pound.rb @owner-file-with-pound
LICENSE @legal janedoe@gitlab.com
README @group @group/with-nested/subgroup
/docs/ @all-docs
/docs/* @root-docs
/docs/**/*.md @markdown-docs
lib/ @lib-owner
/config/ @@maintainer
path\\ with\\ spaces/ @space-owner
[ab].txt @class

[Documentation]
ee/docs/ @docs
docs/ @docs

^[Database][2] @db-team
model/db/
config/db/setup.md @docs-team
!model/db/generated.rb

[DOCUMENTATION] @more-docs
*.adoc
`;

test.each([
  ['x/y', '@default-codeowner'],
  ['lib/x.rb', '@lib-owner'],
  ['x.rb', '@ruby-owner'],
  ['a/#file_with_pound.rb', '@owner-file-with-pound'],
  ['a/LICENSE', '@legal janedoe@gitlab.com'],
  ['README', '@group @group/with-nested/subgroup'],
  ['docs/a', '@root-docs | Documentation: @docs'],
  ['docs/a/b', '@all-docs | Documentation: @docs'],
  ['docs/a/b.md', '@markdown-docs | Documentation: @docs'],
  ['x/lib/y/z', '@lib-owner'],
  ['config/x', '@@maintainer'],
  ['x/config/x', '@default-codeowner'],
  ['path with spaces/x', '@space-owner'],
  ['b.txt', '@class'],
  ['c.txt', '@default-codeowner'],
  ['model/db/x', '@default-codeowner | Database: @db-team'],
  ['model/db/generated.rb', '@ruby-owner'],
  ['config/db/setup.md', '@@maintainer | Database: @docs-team'],
  ['manual.adoc', '@default-codeowner | Documentation: @more-docs'],
])('GitLab: %s is owned by %s', (path, expected) => {
  expect(owners('GitLab', gitLab, path)).toBe(expected);
});

test('GitLab: a section says how many have to approve, and whether anybody has to', () => {
  const [, database] = parseCodeOwners(gitLab, 'GitLab').ownersOf('model/db/x');
  expect(database?.section).toEqual({ name: 'Database', optional: true, approvals: 2 });
});

const gitea = String.raw`.*\\.go @user1 @user2 # This is comment
# Comment too
frontend/src/.*\\.js @org1/team1 @user3
!frontend/src/.* @org1/team3
docs/(aws|google|azure)/[^/]*\\.(md|txt) @user8
dir/with\#hashtag @user1
path\ with\ space @user2
/assets/.* user9
nobody
(?!a)b @user1
`;

test.each([
  ['frontend/src/a.js', '@org1/team1 @user3'],
  ['a/b.go', '@user1 @user2 | @org1/team3'],
  ['docs/aws/x.md', '@org1/team3 | @user8'],
  ['docs/aws/x/y.md', '@org1/team3'],
  ['dir/with#hashtag', '@org1/team3 | @user1'],
  ['path with space', '@org1/team3 | @user2'],
  ['assets/x', '@org1/team3 | @user9'],
])('Gitea: %s is owned by %s', (path, expected) => {
  expect(owners('Gitea', gitea, path)).toBe(expected);
});

test('Gitea: what is not understood is told, and an expression cannot hold up anything', () => {
  expect(parseCodeOwners(gitea, 'Forgejo').problems.map(({ line }) => line)).toEqual([9, 10]);
  expect(owners('Gitea', '(a+)+b @a', `${'a'.repeat(50_000)}c`)).toBe('');
});

const bitbucket = `@@@MyDevs ann@scala.lang @@JSDevs @@MyDevs
* @peter
*.java @java-expert
*.ts @"Paul the JSGuru" @@"Dev Ops Team"
"a/path with spaces/*" docs@example.com
/src/main/scala/ @ann
ci/* @devops
*.sh @@MyDevs # inline
!ci/playgrounds.yml
broken
`;

test.each([
  ['x/y.txt', '@peter'],
  ['x/Y.java', '@java-expert'],
  ['y.ts', '@Paul the JSGuru @@Dev Ops Team'],
  ['a/path with spaces/x', 'docs@example.com'],
  ['src/main/scala/com/x.scala', '@ann'],
  ['x/src/main/scala/com/x.scala', '@peter'],
  ['ci/a.yml', '@devops'],
  ['ci/jobs/prod.yml', '@peter'],
  ['ci/playgrounds.yml', ''],
  ['x.sh', 'ann@scala.lang @@JSDevs'],
])('Bitbucket Data Center: %s is owned by %s', (path, expected) => {
  expect(owners('BitbucketDataCenter', bitbucket, path)).toBe(expected);
  expect(parseCodeOwners(bitbucket, 'BitbucketDataCenter').problems.map(({ line }) => line)).toEqual([10]);
});

test('Azure DevOps has no such file', () => {
  expect(owners('AzureDevOps', '* @all', 'x')).toBe('');
});

test('a file that is too long is ignored, and says so', () => {
  expect(parseCodeOwners('#'.repeat(4_000_000), 'GitHub').problems).toHaveLength(1);
});

const name = fc.stringMatching(/^[a-z0-9_.-]{1,8}$/).filter((text) => text !== '.' && text !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const dialect = fc.constantFrom(
  ...forgeKinds.filter((kind) => kind !== 'AzureDevOps' && kind !== 'Gitea' && kind !== 'Forgejo'),
);

test('a path that is written out is owned by whom its rule names, and nothing beside it is', () => {
  fc.assert(
    fc.property(dialect, path, path, (kind, own, other) => {
      const text = `/${own} @owner\n`;
      expect(owners(kind, text, own)).toBe('@owner');
      if (other !== own && !other.startsWith(`${own}/`)) expect(owners(kind, text, other)).toBe('');
    }),
  );
});

test('a rule for everything at the end counts for everything', () => {
  fc.assert(
    fc.property(dialect, fc.array(path), path, (kind, earlier, wanted) => {
      const rules = earlier.map((each) => `${each} @early\n`).join('');
      expect(owners(kind, `${rules}* @last\n`, wanted)).toBe('@last');
    }),
  );
});

test('no text is too strange', () => {
  const line = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from('*?[]!^\\/# @"a(|)+')) }));
  fc.assert(
    fc.property(fc.constantFrom(...forgeKinds), fc.array(line), fc.string(), (kind, lines, wanted) => {
      const parsed = parseCodeOwners(lines.join('\n'), kind);
      for (const { owners: named, line: at } of parsed.ownersOf(wanted)) {
        expect(named.length).toBeGreaterThan(0);
        expect(at).toBeLessThanOrEqual(lines.join('\n').split('\n').length);
      }
    }),
  );
});

test('stars match as the usual regular expression does', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?');
  const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[ab]{0,8}$/), (glob, text) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(matchesSegment(glob, text, { classes: false })).toBe(expression.test(text));
    }),
  );
});

test("patterns match as Git's own .gitignore does, where the two are documented to be the same", () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-owners-'));
  try {
    execFileSync('git', ['init', '--quiet', folder]);
    const segment = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '?', '**');
    const pattern = fc
      .tuple(fc.boolean(), fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([root, parts, isFolder]) => `${root ? '/' : ''}${parts.join('/')}${isFolder ? '/' : ''}`)
      // GitHub stops at the folder where Git goes on; and two `**` side by side mean nothing to either.
      .filter((text) => !/(?:^|\/)\*\*?$/.test(text) && !text.includes('**/**'));
    const part = fc.constantFrom('a', 'b', 'ab', 'c');
    const file = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(pattern, fc.uniqueArray(file, { minLength: 1, maxLength: 20 }), (text, files) => {
        writeFileSync(join(folder, '.gitignore'), `${text}\n`);
        const ignored = gitIgnored(folder, files);
        const matches = ignoreMatcher(text);
        expect([text, files.filter(matches)]).toEqual([text, files.filter((each) => ignored.has(each))]);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function gitIgnored(folder: string, files: readonly string[]): ReadonlySet<string> {
  mkdirSync(folder, { recursive: true });
  try {
    const output = execFileSync('git', ['check-ignore', '--no-index', '--stdin'], {
      cwd: folder,
      input: files.join('\n'),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Set(output.split('\n').filter((line) => line !== ''));
  } catch (error) {
    // It ends with 1 where nothing is ignored.
    if ((error as { status?: number }).status === 1) return new Set();
    throw error;
  }
}
