import type { Application, Repository } from '../../api/index.ts';
import type { Views } from '../../controller/index.ts';
import { plumbError } from '../../errors.ts';
import type { ApiContext } from './context.ts';

/**
 * What the controller of this process knows.
 * @throws PlumbError `server.unavailable` where it does not lead
 */
export function viewsOf({ views }: Pick<ApiContext, 'views'>): Views {
  return leading(views);
}

/**
 * A part of the controller of this process.
 * @throws PlumbError `server.unavailable` where it does not lead
 */
export function leading<Part>(part: () => Part | undefined): Part {
  const found = part();
  if (found !== undefined) return found;
  throw plumbError('server.unavailable', 'this process does not lead, or does not know yet what there is');
}

/** What names a resource in a path. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/**
 * An Application.
 * @throws PlumbError `server.missing`
 */
export function applicationNamed(views: Views, { namespace, name }: Named): Application {
  return views.application(namespace, name) ?? missing('Application', namespace, name);
}

/**
 * A Repository.
 * @throws PlumbError `server.missing`
 */
export function repositoryNamed(views: Views, { namespace, name }: Named): Repository {
  return views.repository(namespace, name) ?? missing('Repository', namespace, name);
}

/** @throws PlumbError `server.missing` */
export function missing(kind: string, namespace: string, name: string): never {
  throw plumbError('server.missing', `there is no ${kind} ${name} in the namespace ${namespace}`);
}
