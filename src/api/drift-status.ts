import { Type } from 'typebox';

/** Who changed what of one object. */
export const driftChangeSchema = Type.Object(
  {
    object: Type.String({ description: 'The key as text: `apps/Deployment prod/web`.' }),
    manager: Type.Optional(
      Type.String({
        description: 'The field manager, as `metadata.managedFields` has it; left out where nobody knows.',
      }),
    ),
    operation: Type.Optional(
      Type.Enum(['Apply', 'Update'], { type: 'string', description: 'How: by a server-side apply, or otherwise.' }),
    ),
    at: Type.Optional(Type.String({ description: 'When the manager last wrote to the object.' })),
    fields: Type.Array(Type.String(), { description: 'Up to five fields: `spec.replicas`.' }),
    more: Type.Optional(Type.Integer({ description: 'How many fields there are besides.' })),
    deleted: Type.Optional(Type.Boolean({ description: 'True where the object as a whole is gone.' })),
  },
  { description: 'Who changed what of one object.' },
);

/** What differs from Git. */
export const driftStatusSchema = Type.Object(
  {
    objects: Type.Integer({ description: 'Objects that are not as Git says.' }),
    reverted: Type.Optional(
      Type.Integer({ description: 'How often an object was put back since the Application was made.' }),
    ),
    changes: Type.Optional(
      Type.Array(driftChangeSchema, { description: 'Who changed what is left as it is, for up to ten objects.' }),
    ),
    contested: Type.Optional(
      Type.Array(
        Type.Object(
          {
            object: Type.String({ description: 'The key as text.' }),
            manager: Type.Optional(Type.String({ description: 'The field manager; left out where nobody knows.' })),
            fields: Type.Array(Type.String(), { description: 'Up to five fields that were put back last.' }),
            reverts: Type.Integer({ description: 'How often they were put back without a quiet time between.' }),
            until: Type.String({
              format: 'date-time',
              description: 'When the object is put back next, where it differs; that may have been.',
            }),
          },
          { description: 'Somebody who changes again and again what is put back.' },
        ),
        {
          description:
            'Who keeps changing what is put back, until that has ended; up to ten. A restart goes on with them.',
        },
      ),
    ),
  },
  { description: 'What differs from Git.' },
);
