import { Type } from 'typebox';

/** What names a namespace in a path. */
export const namespaceParams = Type.Object({
  namespace: Type.String({ minLength: 1, maxLength: 63, description: 'The namespace.' }),
});

/** The part of a query that says how new an answer has to be; spread into the properties of the query's schema. */
export const freshQuery = {
  fresh: Type.Boolean({
    default: false,
    description:
      'Ask the Git server where the branch is now. Else it is as it was fetched last (by a webhook, a poll or a request), with what was written through Plumbline since.',
  }),
};
