import type { Problem } from '../errors.ts';
import type { ObjectMeta } from '../object.ts';
import { type Hook, hookProblem } from './hook.ts';
import type { RenderedObject } from './prepare.ts';
import { waveProblem } from './wave.ts';

/** Annotations that are no text, which the API server refuses: what they say cannot be read either. */
export function annotationProblem({ object, origin }: RenderedObject): Problem | undefined {
  const annotations: unknown = (object.metadata as Partial<ObjectMeta> | undefined | null)?.annotations ?? {};
  const wrong = (message: string): Problem => ({
    code: 'sync.invalid-object',
    message,
    where: { ...origin, field: 'metadata.annotations' },
  });
  if (typeof annotations !== 'object' || annotations === null || Array.isArray(annotations)) {
    return wrong('the annotations are no map of names and texts');
  }
  const odd = Object.entries(annotations).find(([, value]) => typeof value !== 'string' && value !== null);
  if (odd === undefined) return undefined;
  const [name, value] = odd;
  return wrong(`the annotation ${name} is ${JSON.stringify(value)} and no text: it has to stand in quotes`);
}

/** What is missing of an object, or cannot be meant, so that it could not be applied. */
export function shapeProblem({ object, origin }: RenderedObject, hook: Hook | undefined): Problem | undefined {
  const invalid = (message: string, field: string): Problem => ({
    code: 'sync.invalid-object',
    message,
    where: { ...origin, field },
  });
  if (!isText(object.kind)) return invalid('the object has no kind', 'kind');
  if (!isText(object.apiVersion)) return invalid(`the ${object.kind} has no apiVersion`, 'apiVersion');
  const metadata: Partial<ObjectMeta> | undefined | null = object.metadata;
  const wave = waveProblem(metadata?.annotations);
  if (wave !== undefined) return invalid(wave, 'metadata.annotations');
  const wrong = hookProblem(metadata?.annotations);
  if (wrong !== undefined) return invalid(wrong, 'metadata.annotations');
  if (isText(metadata?.name)) return undefined;
  if (isText(metadata?.generateName)) {
    if (hook !== undefined) return undefined;
    return invalid(
      `the ${object.kind} has generateName and no name: every sync would make another one of it`,
      'metadata.generateName',
    );
  }
  return invalid(`the ${object.kind} has no name`, 'metadata.name');
}

/** Whether it is a text, and not an empty one. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
