import { type Static, Type } from 'typebox';
import type { AppObjectChange, AppObjectName } from '../../controller/index.ts';
import { plumbError } from '../../errors.ts';
import type { KubeObject } from '../../object.ts';
import { kindDescription, parseKind } from './kinds.ts';
import { patchTypeQuery } from './patch-type.ts';

const named = {
  kind: Type.String({ minLength: 1, maxLength: 317, description: kindDescription }),
  name: Type.String({ minLength: 1, maxLength: 253, description: 'The name.' }),
  namespace: Type.Optional(
    Type.String({ maxLength: 63, description: 'Of the object; needed where several have its kind and name.' }),
  ),
};
const someObject = Type.Object({}, { additionalProperties: true });
const most = { maxItems: 500 } as const;

/** A set of changes of objects of an Application, or one object that is created. */
export const appChangeBody = Type.Object(
  {
    apiVersion: Type.Optional(Type.String({ description: 'Of the one object that is to be created, or of the List.' })),
    kind: Type.Optional(Type.String({ description: 'Of the one object that is to be created, or of the List.' })),
    items: Type.Optional(Type.Array(someObject, { description: 'Of a List: the objects that are to be created.' })),
    objects: Type.Optional(
      Type.Array(someObject, { ...most, description: 'Of a set: objects that are created or replaced.' }),
    ),
    patches: Type.Optional(
      Type.Array(
        Type.Object(
          { ...named, type: patchTypeQuery, patch: Type.Unknown({ description: 'The patch.' }) },
          { additionalProperties: false },
        ),
        { ...most, description: 'Of a set: objects that are changed in part.' },
      ),
    ),
    deletions: Type.Optional(
      Type.Array(Type.Object(named, { additionalProperties: false }), {
        ...most,
        description: 'Of a set: objects that are taken out.',
      }),
    ),
    action: Type.Optional(Type.String({ maxLength: 256, description: 'Of a set: `Action` of the commit.' })),
    message: Type.Optional(Type.String({ maxLength: 4_096, description: 'Of a set: `Message` of the commit.' })),
  },
  {
    additionalProperties: true,
    description:
      'One object or a `List`, which are created; or a set of `objects`, `patches` and `deletions`. All of it becomes one commit.',
  },
);

/** What a body asks for. */
interface AskedAppChanges {
  readonly changes: readonly AppObjectChange[];
  readonly action?: string;
  readonly message?: string;
}

const nameOf = ({
  kind,
  name,
  namespace,
}: {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}): AppObjectName => ({ ...parseKind(kind), name, ...(namespace === undefined ? {} : { namespace }) });

/** The changes that a body asks for. @throws PlumbError `server.invalid` where it is neither an object nor a set */
export function appChangesIn(body: Static<typeof appChangeBody>): AskedAppChanges {
  const { apiVersion, kind, items, objects, patches, deletions, action, message } = body;
  if (apiVersion !== undefined && kind !== undefined) {
    const all = kind.endsWith('List') && items !== undefined ? items : [body];
    return { changes: all.map((object) => ({ verb: 'create', object: object as unknown as KubeObject })) };
  }
  if (objects === undefined && patches === undefined && deletions === undefined) {
    const text = 'it is neither an object with apiVersion and kind, nor has it objects, patches or deletions';
    throw plumbError('server.invalid', text, { where: { field: 'body' } });
  }
  return {
    changes: [
      ...(objects ?? []).map((object) => ({ verb: 'put' as const, object: object as unknown as KubeObject })),
      ...(patches ?? []).map(({ type, patch, ...each }) => ({
        verb: 'patch' as const,
        name: nameOf(each),
        type: type ?? 'merge',
        patch,
      })),
      ...(deletions ?? []).map((each) => ({ verb: 'delete' as const, name: nameOf(each) })),
    ],
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
  };
}
