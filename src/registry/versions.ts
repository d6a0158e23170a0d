/**
 * Versions and ranges as Helm reads them (the semantics of Go's Masterminds/semver, not npm's): `1.2` and `v1.2.3` are
 * versions, a comma or a blank means "and", and a pre-release counts only where its group of the range names one.
 */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Identifiers of the pre-release; empty for a release. */
  readonly prerelease: readonly string[];
  /** What stands after the `+`; decides nothing but ties. */
  readonly build: string;
}

/** A range: whether a version lies in it. */
export type VersionRange = (version: Version) => boolean;

const longestVersion = 256;
const longestRange = 512;
const mostGroups = 32;

const suffixes = String.raw`(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?`;
const versionPattern = new RegExp(String.raw`^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?${suffixes}$`);
const part = String.raw`(\d+|[xX*])`;
const partialVersion = String.raw`v?${part}(?:\.${part})?(?:\.${part})?${suffixes}`;
const comparison = new RegExp(String.raw`(!=|>=|=>|<=|=<|~>|[=<>~^])?\s*${partialVersion}`, 'y');
const separator = /\s*,\s*|\s+/y;
const bare = String.raw`v?[0-9xX*]+(?:\.[0-9xX*]+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?`;
const hyphenRange = new RegExp(String.raw`(${bare})\s+-\s+(${bare})`, 'g');

/** Reads a version; undefined where the text is none. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > longestVersion) return undefined;
  const match = versionPattern.exec(text);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', pre = '', build = ''] = match;
  const prerelease = pre === '' ? [] : pre.split('.');
  // Numbers in a pre-release have no leading zeros.
  if (prerelease.some((identifier) => /^0\d+$/.test(identifier))) return undefined;
  const version = { major: Number(major), minor: Number(minor), patch: Number(patch), prerelease, build };
  const safe = [version.major, version.minor, version.patch].every((number) => Number.isSafeInteger(number));
  return safe ? version : undefined;
}

/** Negative where `a` is lower, positive where it is higher, 0 where they differ in nothing or in their build only. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0);
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  // Numbers without leading zeros: the longer is the higher, however long.
  if (left && right) return a.length - b.length || (a < b ? -1 : Number(a > b));
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}

/** Reads a range such as `^1.2`, `>=1, <3 || 4.x` or `1.2 - 1.4`; undefined where the text is none. */
export function parseRange(text: string): VersionRange | undefined {
  if (text.length > longestRange) return undefined;
  const groups = text.replaceAll(hyphenRange, '>= $1, <= $2 ').split('||');
  if (groups.length > mostGroups) return undefined;
  const parsed = groups.map(parseGroup);
  const valid = parsed.filter((group) => group !== undefined);
  return valid.length === parsed.length ? (version) => valid.some((group) => group(version)) : undefined;
}

function parseGroup(text: string): VersionRange | undefined {
  const trimmed = text.trim();
  const bounds: Bound[] = [];
  for (let at = 0; at < trimmed.length || bounds.length === 0;) {
    if (bounds.length > 0) {
      separator.lastIndex = at;
      if (!separator.test(trimmed)) return undefined;
      at = separator.lastIndex;
    }
    comparison.lastIndex = at;
    const match = comparison.exec(trimmed);
    const bound = match === null ? undefined : parseBound(match);
    if (bound === undefined) return undefined;
    bounds.push(bound);
    at = comparison.lastIndex;
  }
  // One bound that names a pre-release lets pre-releases in for its whole group.
  const prereleases = bounds.some(({ version }) => version.prerelease.length > 0);
  return (version) =>
    (prereleases || version.prerelease.length === 0) && bounds.every((bound) => holds(bound, version));
}

interface Bound {
  readonly operator: string;
  readonly version: Version;
  /** How much of the version was written: 0 for `*`, 1 for `1` and `1.x`, 2 for `1.2`, 3 for all of it. */
  readonly precision: 0 | 1 | 2 | 3;
}

function parseBound([, operator = '', major, minor, patch, prerelease = '', build = '']: RegExpExecArray):
  | Bound
  | undefined {
  const precision = isOpen(major) ? 0 : isOpen(minor) ? 1 : isOpen(patch) ? 2 : 3;
  const written = [major, minor, patch].map((text, index) => (index < precision ? text : '0'));
  const suffix = `${prerelease === '' ? '' : `-${prerelease}`}${build === '' || precision < 3 ? '' : `+${build}`}`;
  const version = parseVersion(`${written.join('.')}${suffix}`);
  return version === undefined ? undefined : { operator, version, precision };
}

function isOpen(text: string | undefined): boolean {
  return text === undefined || /^[xX*]$/.test(text);
}

function holds(bound: Bound, version: Version): boolean {
  const order = compareVersions(version, bound.version);
  switch (bound.operator) {
    case '!=':
      return differs(bound, version, order);
    case '>':
      return isAbove(bound, version, order);
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<=':
    case '=<':
      return isAtMost(bound, version, order);
    case '^':
      return order >= 0 && isCompatible(bound, version);
    case '~':
    case '~>':
      return order >= 0 && isNear(bound, version);
    default:
      return bound.precision < 3 ? order >= 0 && isNear(bound, version) : order === 0;
  }
}

function differs({ version: other, precision }: Bound, version: Version, order: number): boolean {
  if (precision === 3) return order !== 0;
  // `!=*` is `!=0` to Helm.
  if (other.major !== version.major) return true;
  if (precision === 1) return false;
  if (other.minor !== version.minor) return true;
  if (precision === 0) return other.patch !== version.patch || order !== 0;
  return comparePrereleases(version.prerelease, other.prerelease) !== 0;
}

function isAbove({ version: other, precision }: Bound, version: Version, order: number): boolean {
  if (precision === 3 || precision === 0 || version.major !== other.major) return order > 0;
  return precision === 2 && version.minor > other.minor;
}

function isAtMost({ version: other, precision }: Bound, version: Version, order: number): boolean {
  if (precision === 3) return order <= 0;
  if (version.major !== other.major) return version.major < other.major;
  return precision === 1 || version.minor <= other.minor;
}

/** `~`: the same minor version, or the same major one where no minor is written. */
function isNear({ version: other, precision }: Bound, version: Version): boolean {
  const zero = other.major === 0 && other.minor === 0 && other.patch === 0;
  // `~0.0.0` means anything, as `*` does.
  if (zero && (precision === 3 || precision === 0)) return true;
  if (version.major !== other.major) return false;
  return precision === 1 || version.minor === other.minor;
}

/** `^`: nothing changes to the left of the first number that is not 0, or of the last that is written. */
function isCompatible({ version: other, precision }: Bound, version: Version): boolean {
  if (version.major !== other.major) return false;
  if (other.major > 0 || precision === 1) return true;
  if (version.minor !== other.minor) return false;
  return other.minor > 0 || precision === 2 || version.patch === other.patch;
}

/** One of several candidates, by its version. */
export interface Versioned<T> {
  readonly text: string;
  readonly value: T;
}

/**
 * The candidate that Helm takes for a wish: the one that is written the same, else the highest in the range. No wish
 * is `*`. Of versions that differ in their build only, the one that sorts last, so that the answer never depends on
 * the order of the candidates. Undefined where none fits.
 */
export function chooseVersion<T>(candidates: Iterable<Versioned<T>>, wish: string): Versioned<T> | undefined {
  const range = parseRange(wish === '' ? '*' : wish);
  let best: { readonly version: Version; readonly candidate: Versioned<T> } | undefined;
  for (const candidate of candidates) {
    if (wish !== '' && candidate.text === wish) return candidate;
    const version = parseVersion(candidate.text);
    if (version === undefined || range?.(version) !== true) continue;
    const order =
      best === undefined
        ? 1
        : compareVersions(version, best.version) || (candidate.text > best.candidate.text ? 1 : -1);
    if (order > 0) best = { version, candidate };
  }
  return best?.candidate;
}
