import semver from 'semver';
import { plumbError } from '../errors.ts';
import { asCommitId, type CommitId } from './ids.ts';

/** Which commit of a repository is meant: one field at most, and with none the tip of the default branch. */
export interface RefSelector {
  /** The tip of this branch, by its short name: `main`. */
  readonly branch?: string;
  /** What this tag names, by its short name: `v1.2.3`. */
  readonly tag?: string;
  /** The highest tag in this npm version range, such as `>=1.2 <2`; pre-releases only where the range names one. */
  readonly semver?: string;
  /** This commit, by its full id: an abbreviation may mean something else tomorrow. */
  readonly commit?: string;
  /** Any reference, by its full name, such as the one that a forge has for a pull request: `refs/pull/12/head`. */
  readonly ref?: string;
}

/** A selector that was checked, in the form that the room works with. */
export type Target =
  | { readonly kind: 'ref'; readonly ref: string; readonly name: string }
  | { readonly kind: 'semver'; readonly range: string; readonly name: string }
  | { readonly kind: 'commit'; readonly commit: CommitId; readonly name: string }
  | { readonly kind: 'default'; readonly name: string };

/**
 * Checks a selector.
 * @throws PlumbError `git.ref-invalid`
 */
export function parseSelector(selector: RefSelector): Target {
  const given = Object.entries(selector).filter(([, value]) => value !== undefined);
  const [first, ...more] = given;
  if (first === undefined) return { kind: 'default', name: 'the default branch' };
  if (more.length > 0)
    throw invalid(`${given.map(([key]) => key).join(' and ')} are given, and only one of them may be`);
  const [key, value]: [string, string] = first;
  switch (key) {
    case 'branch':
      return refTarget('refs/heads/', 'branch', value);
    case 'tag':
      return refTarget('refs/tags/', 'tag', value);
    case 'semver':
      return semverTarget(value);
    case 'commit':
      return commitTarget(value);
    case 'ref':
      return fullRefTarget(value);
    default:
      throw invalid(`${JSON.stringify(key)} is none of branch, tag, semver, commit, ref`);
  }
}

/** Whether what a reference leaves behind is kept for a rollback: nobody goes back to what was only proposed. */
export function isKept(ref: string): boolean {
  return ref.startsWith('refs/heads/') || ref.startsWith('refs/tags/');
}

/** A text that two targets share where they mean the same. */
export function targetKey(target: Target): string {
  switch (target.kind) {
    case 'ref':
      return target.ref;
    case 'semver':
      return `semver ${target.range}`;
    case 'commit':
      return target.commit;
    case 'default':
      return 'HEAD';
  }
}

function refTarget(prefix: string, kind: string, name: string): Target {
  const problem = refNameProblem(name);
  if (problem !== undefined) throw invalid(`${kind} ${JSON.stringify(name)} ${problem}`);
  return { kind: 'ref', ref: `${prefix}${name}`, name: `${kind} ${name}` };
}

function fullRefTarget(ref: string): Target {
  const problem = ref.startsWith('refs/') ? refNameProblem(ref.slice('refs/'.length)) : 'does not begin with refs/';
  // Those under this name are the mirror's own.
  const reserved = ref.startsWith('refs/plumbline/') ? 'is one of the mirror itself' : undefined;
  if (problem !== undefined || reserved !== undefined) {
    throw invalid(`reference ${JSON.stringify(ref.slice(0, 256))} ${problem ?? reserved}`);
  }
  return { kind: 'ref', ref, name: `reference ${ref}` };
}

function semverTarget(range: string): Target {
  if (range.length > 256 || semver.validRange(range) === null) {
    throw invalid(`${JSON.stringify(range.slice(0, 256))} is no version range`);
  }
  return { kind: 'semver', range, name: `version ${range === '' ? '*' : range}` };
}

function commitTarget(id: string): Target {
  const commit = asCommitId(id.toLowerCase());
  if (commit === undefined)
    throw invalid(`commit ${JSON.stringify(id.slice(0, 80))} is not a full commit id of 40 or 64 digits`);
  return { kind: 'commit', commit, name: `commit ${commit.slice(0, 12)}` };
}

function invalid(message: string): Error {
  return plumbError('git.ref-invalid', message);
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const forbiddenInRef = /[\u0000-\u0020\u007f~^:?*[\\]/;

/**
 * Why a branch or tag cannot have this name, by the rules of `git check-ref-format`; undefined where it can.
 * A name that begins with a dash is allowed: refs are handed to Git in full (`refs/heads/-x`).
 */
export function refNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (Buffer.byteLength(name) > 240) return 'is longer than 240 bytes';
  if (!name.isWellFormed()) return 'is no valid text';
  if (forbiddenInRef.test(name)) return 'holds a blank, a control character or one of ~ ^ : ? * [ \\';
  if (name.includes('..') || name.includes('@{')) return 'holds `..` or `@{`';
  if (name.endsWith('.')) return 'ends in a dot';
  for (const part of name.split('/')) {
    if (part === '') return 'has an empty part between slashes';
    if (part.startsWith('.')) return 'has a part that begins with a dot';
    if (part.endsWith('.lock')) return 'has a part that ends in `.lock`';
  }
  return undefined;
}

/**
 * The tag with the highest version in the range, or undefined where none is. A leading `v` is allowed; of equal
 * versions the one with the higher build metadata wins, and then the name that sorts first, so that the answer
 * never depends on the order of the tags.
 */
export function chooseVersion(tags: readonly string[], range: string): string | undefined {
  const parsedRange = new semver.Range(range);
  let best: { readonly tag: string; readonly version: semver.SemVer } | undefined;
  for (const tag of tags) {
    const version = semver.parse(tag);
    if (version === null || !parsedRange.test(version)) continue;
    const order = best === undefined ? 1 : version.compare(best.version) || version.compareBuild(best.version);
    if (best === undefined || order > 0 || (order === 0 && tag < best.tag)) best = { tag, version };
  }
  return best?.tag;
}
