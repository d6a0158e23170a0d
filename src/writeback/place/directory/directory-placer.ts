import { plumbError } from '../../../errors.ts';
import type { Json, KubeObject } from '../../../object.ts';
import { formatFieldPath } from '../field-path.ts';
import { readText, textChange } from '../files.ts';
import { editInManifest, findInManifest, manifestText, removeFromManifest, withDocument } from '../manifest.ts';
import type { Candidate, PlaceContext, Placer, RenderedObject, Unit } from '../types.ts';
import { withinOwn } from '../within.ts';
import { commonFile, newFiles } from './new-file.ts';

/** Places changes in plain files: an object is changed where it stands. */
export const directoryPlacer: Placer = {
  split: async (unit) => [unit],
  candidates: (unit, context) => withinOwn(candidatesFor(unit, context), context),
};

async function* candidatesFor(unit: Unit, context: PlaceContext): AsyncGenerator<Candidate> {
  const whole = unit.edits.find(({ path }) => path.length === 0);
  if (unit.rendered === undefined) yield* placesForNew(whole?.value as KubeObject, context);
  else if (whole === undefined) yield editInPlace(unit, unit.rendered, context);
  else yield removal(unit.rendered, context);
}

/** Edits an object in the file that it stands in. */
export function editInPlace({ edits }: Unit, { object, origin }: RenderedObject, context: PlaceContext): Candidate {
  const file = fileOf({ object, origin });
  const fields = edits.map(({ path }) => formatFieldPath(path)).join(', ');
  return {
    explanation: `edits ${fields} in ${file}`,
    async write() {
      const { path, text } = await readText(context.tree, file);
      const place = findInManifest(text, origin.document ?? 0, object);
      return [textChange(path, editInManifest(text, place, edits))];
    },
  };
}

/** Takes an object out of the file that it stands in, and the file with the last one. */
function removal({ object, origin }: RenderedObject, context: PlaceContext): Candidate {
  const file = fileOf({ object, origin });
  return {
    explanation: `removes the object from ${file}`,
    async write() {
      const { path, text } = await readText(context.tree, file);
      return [textChange(path, removeFromManifest(text, findInManifest(text, origin.document ?? 0, object)))];
    },
  };
}

async function* placesForNew(object: KubeObject, context: PlaceContext): AsyncGenerator<Candidate> {
  const { tree, path, objects } = context;
  const state = await tree.stat(path);
  const only = state?.kind === 'file' ? path : commonFile(objects);
  if (only !== undefined) yield appending(only, object, context);
  if (state?.kind === 'file') return;
  for (const file of newFiles(path, object, objects)) {
    if ((await tree.stat(file)) === undefined) yield creation(file, object, context);
  }
}

function appending(file: string, object: KubeObject, context: PlaceContext): Candidate {
  return {
    explanation: `adds the object at the end of ${file}`,
    async write() {
      const { path, text } = await readText(context.tree, file);
      return [textChange(path, withDocument(text, object as Json, file.endsWith('.json')))];
    },
  };
}

function creation(file: string, object: KubeObject, { tree, objects }: PlaceContext): Candidate {
  return {
    explanation: `adds ${file}`,
    async write() {
      const sibling = objects.find(({ origin }) => origin.file !== undefined && origin.generator === undefined)?.origin
        .file;
      const like = sibling === undefined ? undefined : (await readText(tree, sibling)).text;
      return [textChange(file, manifestText(object as Json, file.endsWith('.json'), like))];
    },
  };
}

function fileOf({ origin: { file, generator } }: RenderedObject): string {
  if (file !== undefined && generator === undefined) return file;
  throw plumbError('writeback.cannot-place', 'the render does not tell which file the object stands in');
}
