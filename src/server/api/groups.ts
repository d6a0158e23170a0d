import type { RouteGroup } from './context.ts';
import { actionRoutes } from './routes/actions.ts';
import { aboutRoutes } from './routes/about.ts';
import { auditRoutes } from './routes/audit.ts';
import { applicationChangeRoutes } from './routes/application-changes.ts';
import { applicationRoutes } from './routes/applications.ts';
import { diffRoutes } from './routes/diff.ts';
import { eventRoutes } from './routes/events.ts';
import { gitSyncRoutes } from './routes/gitsync.ts';
import { gitOpsRoutes } from './routes/gitops.ts';
import { historyRoutes } from './routes/history.ts';
import { namespaceListRoutes } from './routes/namespace-list.ts';
import { namespaceObjectRoutes } from './routes/namespace-objects.ts';
import { objectActionRoutes } from './routes/object-actions.ts';
import { objectRoutes } from './routes/objects.ts';
import { operationRoutes } from './routes/operations.ts';
import { ownersRoutes } from './routes/owners.ts';
import { pruneRoutes } from './routes/prune.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { restoreRoutes } from './routes/restore.ts';
import { stopRoutes } from './routes/stop.ts';
import { treeRoutes } from './routes/tree.ts';

/** All groups of routes, in the order of the document. */
export const routeGroups: readonly RouteGroup[] = [
  applicationRoutes,
  objectRoutes,
  applicationChangeRoutes,
  treeRoutes,
  diffRoutes,
  ownersRoutes,
  pruneRoutes,
  historyRoutes,
  auditRoutes,
  restoreRoutes,
  actionRoutes,
  stopRoutes,
  repositoryRoutes,
  gitSyncRoutes,
  namespaceListRoutes,
  namespaceObjectRoutes,
  objectActionRoutes,
  gitOpsRoutes,
  operationRoutes,
  eventRoutes,
  aboutRoutes,
];
