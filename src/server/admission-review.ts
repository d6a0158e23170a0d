import { type Static, Type } from 'typebox';

const open = { additionalProperties: true };
const object = Type.Object(
  {
    apiVersion: Type.String(),
    kind: Type.String(),
    metadata: Type.Object({ name: Type.Optional(Type.String()) }, open),
  },
  open,
);

/** What the API server sends, `admission.k8s.io/v1`: as much of it as is read. */
export const admissionReviewSchema = Type.Object(
  {
    apiVersion: Type.Literal('admission.k8s.io/v1'),
    kind: Type.Literal('AdmissionReview'),
    request: Type.Object(
      {
        uid: Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$' }),
        kind: Type.Object({ group: Type.String(), version: Type.String(), kind: Type.String() }),
        resource: Type.Object({ group: Type.String(), version: Type.String(), resource: Type.String() }),
        subResource: Type.Optional(Type.String()),
        namespace: Type.String({ minLength: 1 }),
        operation: Type.Enum(['CREATE', 'UPDATE', 'DELETE']),
        userInfo: Type.Object({
          username: Type.Optional(Type.String()),
          uid: Type.Optional(Type.String()),
          groups: Type.Optional(Type.Array(Type.String())),
          extra: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
        }),
        object: Type.Optional(Type.Union([Type.Null(), object])),
        oldObject: Type.Optional(Type.Union([Type.Null(), object])),
        dryRun: Type.Optional(Type.Boolean()),
        options: Type.Optional(
          Type.Union([Type.Null(), Type.Object({ fieldManager: Type.Optional(Type.String()) }, open)]),
        ),
      },
      open,
    ),
  },
  open,
);

/** Such a question, checked. */
export type AdmissionReview = Static<typeof admissionReviewSchema>;
