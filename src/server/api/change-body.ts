import { Type } from 'typebox';
import type { ObjectChange, ObjectName } from '../../controller/index.ts';
import { plumbError } from '../../errors.ts';
import type { KubeObject } from '../../object.ts';
import { parseKind } from './kinds.ts';

const nameSchema = Type.Object(
  {
    kind: Type.String({ maxLength: 317, description: 'As kubectl writes it: `Deployment.apps`, `Service`.' }),
    name: Type.String({ maxLength: 253, description: 'The name.' }),
  },
  { additionalProperties: false },
);

const someObject = Type.Object({}, { additionalProperties: true });

/** One object, a List of some, or a set of changes. */
export const changeBody = Type.Object(
  {
    apiVersion: Type.Optional(Type.String({ description: 'Of the one object that is to be created, or of the List.' })),
    kind: Type.Optional(Type.String({ description: 'Of the one object that is to be created, or of the List.' })),
    items: Type.Optional(Type.Array(someObject, { description: 'Of a List: the objects that are to be created.' })),
    objects: Type.Optional(
      Type.Array(someObject, { maxItems: 500, description: 'Of a set: objects that are created or replaced.' }),
    ),
    deletions: Type.Optional(
      Type.Array(nameSchema, { maxItems: 500, description: 'Of a set: objects that are deleted.' }),
    ),
    belongsTo: Type.Optional(
      Type.Object(nameSchema.properties, {
        additionalProperties: false,
        description: 'Of a set: new objects are written into the folder of this one.',
      }),
    ),
    action: Type.Optional(Type.String({ maxLength: 256, description: 'Of a set: `Action` of the commit.' })),
    message: Type.Optional(Type.String({ maxLength: 4_096, description: 'Of a set: `Message` of the commit.' })),
  },
  {
    additionalProperties: true,
    description:
      'One object or a `List`, which are created; or a set of `objects` and `deletions`. All of it becomes one commit.',
  },
);

/** What a body asks for. */
export interface AskedChanges {
  readonly changes: readonly ObjectChange[];
  readonly action?: string;
  readonly message?: string;
}

interface Body {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly items?: readonly object[];
  readonly objects?: readonly object[];
  readonly deletions?: readonly { readonly kind: string; readonly name: string }[];
  readonly belongsTo?: { readonly kind: string; readonly name: string };
  readonly action?: string;
  readonly message?: string;
}

const objectName = ({ kind, name }: { readonly kind: string; readonly name: string }): ObjectName => ({
  ...parseKind(kind),
  name,
});

/**
 * The changes that a body asks for. What its objects are is checked by whoever makes the changes.
 * @throws PlumbError `server.invalid` where it is neither an object nor a set
 */
export function changesIn(body: Body): AskedChanges {
  const { apiVersion, kind, items, objects, deletions, belongsTo, action, message } = body;
  if (apiVersion !== undefined && kind !== undefined) {
    const all = kind.endsWith('List') && items !== undefined ? items : [body];
    return { changes: all.map((object) => ({ verb: 'create', object: object as KubeObject })) };
  }
  if (objects === undefined && deletions === undefined)
    throw plumbError(
      'server.invalid',
      'it is neither an object with apiVersion and kind, nor has it objects or deletions',
      {
        where: { field: 'body' },
      },
    );
  const owner = belongsTo === undefined ? {} : { belongsTo: objectName(belongsTo) };
  return {
    changes: [
      ...(objects ?? []).map((object) => ({ verb: 'put' as const, object: object as KubeObject, ...owner })),
      ...(deletions ?? []).map((each) => ({ verb: 'delete' as const, name: objectName(each) })),
    ],
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
  };
}
