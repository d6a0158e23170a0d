import type { RouteGroup } from './context.ts';
import { aboutRoutes } from './routes/about.ts';

/** All groups of routes, in the order of the document. */
export const routeGroups: readonly RouteGroup[] = [aboutRoutes];
