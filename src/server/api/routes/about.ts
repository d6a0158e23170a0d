import { Type } from 'typebox';
import { userOf } from '../caller.ts';
import type { RouteGroup } from '../context.ts';

const userSchema = Type.Object(
  {
    username: Type.String({ description: 'The name with which Kubernetes is asked, with its prefix.' }),
    groups: Type.Array(Type.String(), { description: 'The groups with which Kubernetes is asked, with their prefix.' }),
    email: Type.Optional(Type.String({ description: 'Written into commits as the author.' })),
    displayName: Type.Optional(Type.String({ description: 'For people.' })),
    how: Type.Enum(['oidc', 'token', 'link'], {
      type: 'string',
      description: 'How it was proved: an OIDC provider, a Kubernetes token, or the link of a local cluster.',
    }),
  },
  { $id: 'User', description: 'Somebody who is signed in.' },
);

/** What this installation is, and who asks. */
export const aboutRoutes: RouteGroup = (app, { version }) => {
  app.get(
    '/version',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getVersion',
        summary: 'The version of Plumbline',
        tags: ['About'],
        response: { 200: Type.Object({ version: Type.String({ description: 'As `plumb version` prints it.' }) }) },
      },
    },
    async () => ({ version }),
  );
  app.get(
    '/user',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'getUser',
        summary: 'Who is signed in',
        description: 'The user and the groups with which every call of Kubernetes is made.',
        tags: ['About'],
        response: { 200: userSchema },
      },
    },
    async (request) => {
      const { username, groups, email, displayName, how } = userOf(request);
      return {
        username,
        groups: [...groups],
        ...(email === undefined ? {} : { email }),
        ...(displayName === undefined ? {} : { displayName }),
        how,
      };
    },
  );
};
