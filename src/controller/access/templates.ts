import { LRUCache } from 'lru-cache';
import { isUrlPrefix, prefixLength } from '../../git/index.ts';
import { names } from '../../names.ts';
import type { KubeObject } from '../../object.ts';
import type { Look, Reference } from './references.ts';
import { secretKeys } from './secret-keys.ts';

/** Finds the credentials of repositories that name no Secret. */
export interface Templates {
  /**
   * The template whose `url` says most of this one: of those in the namespace, and of those that the installation
   * shares with it. Of two that say as much the one in the namespace is taken, and then the first by name.
   * @throws PlumbError `kube.*`
   */
  find(look: Look, namespace: string, url: string): Promise<Reference | undefined>;
}

/** What templates are found with. */
export interface TemplatesOptions {
  /** Namespace of the installation, whose templates may be shared; none are where it is left out. */
  readonly systemNamespace?: string;
  /** Told of a template that cannot be one, once for each of its versions. */
  readonly onProblem: (template: string, message: string) => void;
}

type Metadata = KubeObject['metadata'];

const mostKnown = 2_000;

/** Remembers which URL each template is for, and nothing else of it. */
export function createTemplates({ systemNamespace, onProblem }: TemplatesOptions): Templates {
  /** By place and version; an empty text where it is for no URL. */
  const prefixes = new LRUCache<string, string>({ max: mostKnown });

  const prefixOf = async (look: Look, { namespace = '', name, resourceVersion }: Metadata): Promise<string> => {
    const key = `${namespace}/${name} ${resourceVersion}`;
    const known = prefixes.get(key);
    if (known !== undefined) return known;
    const secret = await look.object({ kind: 'Secret', namespace, name });
    const prefix = secret === undefined ? '' : (secretKeys(secret).text('url') ?? '');
    const isOne = isUrlPrefix(prefix);
    // A template is not shown to those who look for it: its URL may say more than they may know.
    if (!isOne && secret !== undefined)
      onProblem(`${namespace}/${name}`, 'its `url` is none that repositories lie below');
    prefixes.set(key, isOne ? prefix : '');
    return isOne ? prefix : '';
  };

  const isFor = (namespace: string, template: Metadata): boolean =>
    template.namespace === namespace ||
    (template.namespace === systemNamespace && sharedWith(template).some((each) => each === '*' || each === namespace));

  return {
    async find(look, namespace, url) {
      const places =
        systemNamespace === undefined || systemNamespace === namespace ? [namespace] : [namespace, systemNamespace];
      const templates = (await look.templates(places)).filter((template) => isFor(namespace, template));
      let best: { readonly template: Metadata; readonly rank: readonly [number, number, string] } | undefined;
      for (const template of templates) {
        const length = prefixLength(url, await prefixOf(look, template));
        if (length === undefined) continue;
        const rank = [length, template.namespace === namespace ? 1 : 0, template.name] as const;
        if (best === undefined || isBefore(rank, best.rank)) best = { template, rank };
      }
      if (best === undefined) return undefined;
      return { kind: 'Secret', namespace: best.template.namespace ?? '', name: best.template.name };
    },
  };
}

function isBefore(one: readonly [number, number, string], other: readonly [number, number, string]): boolean {
  if (one[0] !== other[0]) return one[0] > other[0];
  if (one[1] !== other[1]) return one[1] > other[1];
  return one[2] < other[2];
}

function sharedWith(template: Metadata): readonly string[] {
  const list = template.annotations?.[names.credentialsNamespaces] ?? '';
  return list.split(',').map((name) => name.trim());
}
