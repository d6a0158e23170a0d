import { isFields, type Fields } from './decode.ts';
import type { Resource } from './types.ts';

/** Kinds as one answer of aggregated discovery lists them. */
export interface DiscoveredKinds {
  readonly resources: readonly Resource[];
  /** `group/version` of APIs whose own server does not answer: what they list is old or missing. */
  readonly stale: readonly string[];
  /** `group/version`, and `group/version/Kind` of resources and subresources, as Helm counts them. */
  readonly apiVersions: readonly string[];
}

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads an APIGroupDiscoveryList (apidiscovery.k8s.io); undefined where it is none. */
export function parseDiscovery(document: unknown): DiscoveredKinds | undefined {
  if (!isFields(document) || document['kind'] !== 'APIGroupDiscoveryList' || !Array.isArray(document['items'])) {
    return undefined;
  }
  const resources: Resource[] = [];
  const stale: string[] = [];
  const apiVersions = new Set<string>();
  for (const group of list(document['items'])) {
    const name = isFields(group['metadata']) ? text(group['metadata']['name']) : '';
    // The versions of a group stand in the order of preference.
    const preferred = new Set<string>();
    for (const version of list(group['versions'])) {
      const apiVersion = name === '' ? text(version['version']) : `${name}/${text(version['version'])}`;
      apiVersions.add(apiVersion);
      if (version['freshness'] === 'Stale') stale.push(apiVersion);
      for (const item of list(version['resources'])) {
        const resource = parseResource(item, name, text(version['version']), apiVersion, preferred);
        if (resource !== undefined) {
          resources.push(resource);
          apiVersions.add(`${apiVersion}/${resource.kind}`);
        }
        for (const subresource of list(item['subresources'])) {
          const kind = isFields(subresource['responseKind']) ? text(subresource['responseKind']['kind']) : '';
          if (kind !== '') apiVersions.add(`${apiVersion}/${kind}`);
        }
      }
    }
  }
  return { resources, stale, apiVersions: [...apiVersions] };
}

function parseResource(
  item: Fields,
  group: string,
  version: string,
  apiVersion: string,
  preferred: Set<string>,
): Resource | undefined {
  const kind = isFields(item['responseKind']) ? text(item['responseKind']['kind']) : '';
  const plural = text(item['resource']);
  const verbs = Array.isArray(item['verbs']) ? item['verbs'].map(String) : [];
  // Some entries stand only for their subresources: they have no verbs.
  if (kind === '' || plural === '' || verbs.length === 0) return undefined;
  const first = !preferred.has(kind);
  preferred.add(kind);
  return {
    group,
    version,
    kind,
    plural,
    namespaced: item['scope'] === 'Namespaced',
    verbs,
    subresources: list(item['subresources']).map((subresource) => text(subresource['subresource'])),
    preferred: first,
    apiVersion,
  };
}
