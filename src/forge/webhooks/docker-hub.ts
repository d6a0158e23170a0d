import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { readAs, text } from './fields.ts';
import { unsignedProof } from './headers.ts';
import { imageDelivery, parseImageReference } from './image.ts';
import type { WebhookFormat } from './types.ts';

const push = Type.Object({
  push_data: Type.Object({ tag: text }),
  repository: Type.Object({ repo_name: text }),
});

/** Docker Hub, which knows pushes only. Its `callback_url` is never called. https://docs.docker.com/docker-hub/repos/manage/webhooks/ */
export const dockerHub: WebhookFormat = {
  kind: 'docker-hub',
  tells: () => false,
  tellsBody: (payload) => Value.Check(push, payload),
  proof: unsignedProof,
  id: () => undefined,
  read(_request, payload) {
    const { push_data: pushed, repository } = readAs(push, payload);
    const image = parseImageReference(`docker.io/${repository.repo_name}:${pushed.tag}`);
    return imageDelivery(image === undefined ? [] : [image]);
  },
};
