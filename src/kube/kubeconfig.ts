import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import { plumbError, throwProblems, type Problem } from '../errors.ts';
import { createDecoder, type Decoder, type Fields } from './decode.ts';

/** A named part of a kubeconfig, and where it stood: relative paths start at its file. */
export interface KubeconfigEntry {
  readonly file: string;
  /** Where in the file, for messages: `users[2].user`. */
  readonly field: string;
  readonly value: Fields;
}

/** What several kubeconfig files say together. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
  readonly currentContext: string | undefined;
}

/**
 * Reads kubeconfig files and merges them as kubectl does: the first file that names something wins.
 * Missing files are passed over where `optional`, as those of KUBECONFIG are.
 * Undefined where no file is there.
 */
export async function readKubeconfig(files: readonly string[], optional: boolean): Promise<Kubeconfig | undefined> {
  const texts = await Promise.all(files.map((file) => readIfThere(file, optional)));
  const problems: Problem[] = [];
  const sections = { clusters: new Map(), users: new Map(), contexts: new Map() };
  let currentContext: string | undefined;
  let found = false;
  for (const [index, text] of texts.entries()) {
    const file = files[index];
    if (text === undefined || file === undefined) continue;
    found = true;
    const decoder = createDecoder('kube.config-invalid', file);
    const document = parseDocument(text, decoder);
    currentContext ??= decoder.text(document, 'current-context', '');
    addEntries(sections.clusters, document, 'clusters', 'cluster', file, decoder);
    addEntries(sections.users, document, 'users', 'user', file, decoder);
    addEntries(sections.contexts, document, 'contexts', 'context', file, decoder);
    problems.push(...decoder.problems);
  }
  throwProblems(problems);
  return found ? { ...sections, currentContext } : undefined;
}

async function readIfThere(file: string, optional: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (optional && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw plumbError('kube.config-missing', 'the kubeconfig cannot be read', { where: { file }, cause });
  }
}

function parseDocument(text: string, decoder: Decoder): Fields {
  try {
    return decoder.fields(load(text), '');
  } catch {
    // The parser's own message quotes the text, which holds keys and tokens.
    decoder.reject('', 'is not YAML');
    return {};
  }
}

function addEntries(
  into: Map<string, KubeconfigEntry>,
  document: Fields,
  section: string,
  inner: string,
  file: string,
  decoder: Decoder,
): void {
  for (const [index, item] of decoder.list(document[section], section).entries()) {
    const at = `${section}[${index}]`;
    const fields = decoder.fields(item, at);
    const name = decoder.text(fields, 'name', at);
    if (name === undefined) decoder.reject(`${at}.name`, 'is missing');
    else if (!into.has(name)) {
      const field = `${at}.${inner}`;
      into.set(name, { file, field, value: decoder.fields(fields[inner], field) });
    }
  }
}

/** A path in a kubeconfig: relative ones start at the folder of the file. */
export function resolvePath(entry: KubeconfigEntry, path: string): string {
  return resolve(dirname(entry.file), path);
}
