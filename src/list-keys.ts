type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields that tell the items of lists apart, as the schemas of Kubernetes have it: the first that every item
 * has and no two share. Ports come before names: to the server a port with another name is the same port.
 */
const wellKnownKeys: readonly (readonly [string, ...string[]])[] = [
  ['containerPort', 'protocol'],
  ['mountPath'],
  ['devicePath'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['port', 'protocol'],
  ['name'],
  ['name', 'namespace', 'kind'],
  ['ip'],
];

/**
 * How the items of two lists are named where no server has told their keys; undefined where nothing tells them
 * apart. Fields after the first may be missing.
 */
export function guessedKeys(
  before: readonly unknown[],
  after: readonly unknown[],
): ((item: Fields) => string) | undefined {
  const fields = guessedKeyFields(before, after);
  return fields === undefined ? undefined : (item) => nameBy(item, fields);
}

/** The fields that tell the items of each of the lists apart; undefined where none do. All but the first may be missing. */
export function guessedKeyFields(
  ...lists: readonly (readonly unknown[])[]
): readonly [string, ...string[]] | undefined {
  return wellKnownKeys.find((fields) => lists.every((items) => areTold(items, fields)));
}

function areTold(items: readonly unknown[], fields: readonly [string, ...string[]]): boolean {
  const names = new Set<string>();
  for (const item of items) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return false;
    if (!isPlain((item as Fields)[fields[0]])) return false;
    names.add(nameBy(item as Fields, fields));
  }
  return names.size === items.length;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** `name=web`, `containerPort=80` */
function nameBy(item: Fields, fields: readonly string[]): string {
  return fields
    .filter((field) => isPlain(item[field]))
    .map((field) => `${field}=${String(item[field])}`)
    .join(',');
}
