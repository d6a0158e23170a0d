import { askForStop, requestId } from '../../../requests.ts';
import type { RouteGroup } from '../context.ts';
import { applicationNamed, viewsOf } from '../leading.ts';
import { namedParams } from '../schemas.ts';
import { askingOf } from '../asking.ts';
import { accepted, right } from './actions.ts';

/** Ending a sync on its way. */
export const stopRoutes: RouteGroup = (app, context) => {
  app.post(
    '/applications/:namespace/:name/stop',
    {
      config: right('sync'),
      schema: {
        operationId: 'stopSync',
        summary: 'Stop the sync that runs, or that is about to be tried again',
        description:
          'It ends before its next wave or phase; what was applied stays. The same is not begun again by itself.',
        tags: ['Applications'],
        params: namedParams,
        response: { 202: accepted },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.forbidden'],
      },
    },
    async (request, reply) => {
      applicationNamed(viewsOf(context), request.params);
      const id = requestId(new Date(context.now()));
      await askForStop(askingOf(context, request), request.params, id);
      return reply.code(202).send({ request: id });
    },
  );
};
