import { Type } from 'typebox';
import { group } from '../../../api/index.ts';
import { plumbError } from '../../../errors.ts';
import type { RouteGroup } from '../context.ts';
import { openEventStream } from '../event-stream.ts';
import { viewsOf } from '../leading.ts';
import { namespaceQuery } from '../schemas.ts';

const kinds = ['Application', 'Repository', 'Operation'] as const;
/** Streams that are open at the same time. */
const mostStreams = 256;

const description = `A stream of server-sent events. An event \`change\` has JSON as its data: \`kind\`, \`namespace\`, \`name\`, \`type\`
(\`changed\`, \`deleted\`, or \`logged\` where something was done for it) and \`at\`. It says what changed and not how: get it to see.
An event \`begin\` has the id to begin from, and \`reset\` says that changes may have been missed: read everything anew. Comments come every 15 s while nothing happens.

Send the id of the last event as \`Last-Event-ID\` to go on from there; the last 8,192 changes are remembered. Only what the user may
list is told; rights are looked at again every minute. Whoever reads too slowly is cut off, and may come back.`;

/** What changes, as it changes. */
export const eventRoutes: RouteGroup = (app, context) => {
  const open = new Set<object>();
  app.get(
    '/events',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'streamEvents',
        summary: 'Changes of Applications, Repositories and operations, as they happen',
        description,
        tags: ['Events'],
        produces: 'text/event-stream',
        querystring: Type.Object(
          {
            ...namespaceQuery,
            kind: Type.Optional(Type.Enum([...kinds], { type: 'string', description: 'Those of this kind.' })),
            name: Type.Optional(Type.String({ maxLength: 253, description: 'Those of this name.' })),
          },
          { additionalProperties: false },
        ),
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ maxLength: 64, description: 'The id of the last event that was read.' }),
          ),
        }),
        response: { 200: Type.String({ description: 'Events, until the reader goes.' }) },
        errors: ['auth.forbidden', 'server.unavailable'],
      },
    },
    async (request, reply) => {
      const { changes } = viewsOf(context);
      if (open.size >= mostStreams) throw plumbError('server.unavailable', 'too many streams are open');
      const stream = {};
      open.add(stream);
      reply.raw.once('close', () => open.delete(stream));
      await openEventStream(request, reply, context, {
        changes,
        group,
        wanted: request.query,
        lastId: request.headers['last-event-id'],
      });
      return reply;
    },
  );
};
