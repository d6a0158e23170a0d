import type { Resource } from '../../kube/index.ts';
import type { ApiContext } from './context.ts';

/** The description of a kind in a path. */
export const kindDescription = 'As kubectl writes it: `Deployment.apps`, `Service`.';

/** A kind as kubectl writes it: `Deployment.apps`, `Service`. */
export function parseKind(text: string): { readonly group: string; readonly kind: string } {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', kind: text } : { group: text.slice(dot + 1), kind: text.slice(0, dot) };
}

/**
 * The kind as the API server has it.
 * @throws PlumbError `kube.no-such-kind`
 */
export function resourceOf(
  { client }: Pick<ApiContext, 'client'>,
  text: string,
  signal: AbortSignal,
): Promise<Resource> {
  return client.discovery.resource(parseKind(text), { signal });
}
