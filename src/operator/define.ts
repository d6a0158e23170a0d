import { plumbError } from '../errors.ts';
import type { KindRef } from '../kube/index.ts';
import { formatKey, type KubeObject } from '../object.ts';
import type { Context, CustomResource, Input, Operator, Phase, StatusOf, SyncResult } from './types.ts';

/** The objects of a kind that an input has read. They are frozen: copy what you change. */
export interface Objects<T extends KubeObject> {
  readonly items: readonly T[];
  /** The object of this name, if there is one. */
  find(name: string): T | undefined;
  /** @throws PlumbError `operator.input-missing`: the phase is asked again when the object is there */
  get(name: string): T;
}

/**
 * The objects of a kind in the namespace of the resource.
 * @param resourceOf the name of the resource that an object is about, where it tells: spares the others a turn
 */
export function objectsOf<T extends KubeObject>(
  kind: KindRef,
  resourceOf?: (object: T) => string | undefined,
): Input<CustomResource, Objects<T>> {
  return {
    kind,
    // What is stored under a kind has its form: the API server has seen to that.
    ...(resourceOf === undefined ? {} : { resourceOf: (object) => resourceOf(object as T) }),
    read({ metadata: { namespace } }, source) {
      const items = source.objects(kind, namespace) as readonly T[];
      const find = (name: string): T | undefined => items.find((item) => item.metadata.name === name);
      return {
        items,
        find,
        get(name) {
          const found = find(name);
          if (found !== undefined) return found;
          const object = formatKey({ ...kind, namespace, name });
          throw plumbError('operator.input-missing', 'does not exist', { where: { object } });
        },
      };
    },
  };
}

/** An input that is asked for anew each time, such as a metric. */
export function query<Resource extends CustomResource, Value>(
  read: (resource: Resource, signal: AbortSignal) => Value | Promise<Value>,
): Input<Resource, Value> {
  return { read: (resource, { signal }) => read(resource, signal) };
}

/** The values of inputs, by name. */
export type ValuesOf<Inputs> = {
  readonly [Name in keyof Inputs]: Inputs[Name] extends Input<never, infer Value> ? Value : never;
};

/** What makes the phases of an operator, and the operator, with the types of its resource and its phases known. */
export interface Definition<Resource extends CustomResource, Name extends string> {
  /** A phase; the worker is given the values of exactly the inputs that it names. */
  readonly phase: <Inputs extends Readonly<Record<string, Input<Resource, unknown>>>>(
    phase: TypedPhase<Resource, Name, Inputs>,
  ) => Phase<Resource, Name>;
  readonly operator: (operator: Operator<Resource, Name>) => Operator<Resource, Name>;
}

/** A phase with the types of its inputs known. */
export interface TypedPhase<Resource extends CustomResource, Name extends string, Inputs> {
  readonly description?: string;
  readonly final?: boolean;
  readonly inputs: Inputs;
  readonly sync: (
    context: Context,
    resource: Resource,
    inputs: ValuesOf<Inputs>,
  ) => Promise<SyncResult<Name, StatusOf<Resource>>>;
}

/** Begins the definition of an operator for one kind of resource. */
export function operatorFor<Resource extends CustomResource, Name extends string>(): Definition<Resource, Name> {
  return {
    phase: ({ sync, ...phase }) => ({
      ...phase,
      // The values are those that the inputs of this very phase have read.
      sync: (context, resource, inputs) => sync(context, resource, inputs as ValuesOf<typeof phase.inputs>),
    }),
    operator: (operator) => operator,
  };
}
