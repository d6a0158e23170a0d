import { Type } from 'typebox';
import { maybe, readAs, text } from './fields.ts';
import { github, githubProof } from './github.ts';
import { imageDelivery, otherDelivery, parseImageReference } from './image.ts';
import type { WebhookFormat } from './types.ts';

const published = Type.Object({
  name: text,
  package_type: text,
  owner: Type.Object({ login: text }),
  package_version: maybe(
    Type.Object({
      package_url: maybe(text),
      container_metadata: maybe(Type.Object({ tag: maybe(Type.Object({ name: maybe(text), digest: maybe(text) })) })),
    }),
  ),
});
const event = Type.Object({ action: text, package: maybe(published), registry_package: maybe(published) });

const names: ReadonlySet<string> = new Set(['package', 'registry_package']);

/** GitHub's container registry, whose pushes are package events of GitHub. */
export const ghcr: WebhookFormat = {
  ...github,
  kind: 'ghcr',
  tells: (headers) => names.has(headers['x-github-event'] ?? ''),
  proof: githubProof,
  read(request, payload) {
    const name = request.headers['x-github-event'] ?? '';
    if (!names.has(name)) return github.read(request, payload);
    const { action, package: one, registry_package: other } = readAs(event, payload);
    const found = one ?? other;
    if (found === null || found === undefined) return { repositories: [], events: [{ type: 'other', name }] };
    const version = found.package_version;
    const tag = version?.container_metadata?.tag;
    // The URL tells the registry of a GitHub Enterprise Server; it ends with a colon where there is no tag.
    const told = parseImageReference(version?.package_url ?? '');
    const usual = parseImageReference(`ghcr.io/${found.owner.login}/${found.name}`);
    const image = told ?? usual;
    const isPush = action === 'published' || action === 'updated';
    if (image === undefined || !isPush || found.package_type.toLowerCase() !== 'container') {
      return otherDelivery(image, `${name} ${action} ${found.package_type}`);
    }
    const full = parseImageReference(
      `${image.image}${tag?.name ? `:${tag.name}` : ''}${tag?.digest ? `@${tag.digest}` : ''}`,
    );
    return imageDelivery([{ ...image, ...full }]);
  },
};
