import type { Problem } from '../errors.ts';
import type { RenderLimits, RenderRequest } from './types.ts';

/** The problem of a render that ran over its time. */
export function overTime(request: RenderRequest, { seconds }: RenderLimits): Problem {
  return {
    code: 'render.time-limit',
    message: `rendering took longer than ${seconds} s and was ended`,
    where: { file: request.path },
  };
}

/** The problem of a render that took more memory than it may. */
export function overMemory(request: RenderRequest, { memoryMiB }: RenderLimits): Problem {
  return {
    code: 'render.memory-limit',
    message: `rendering took more than ${memoryMiB} MiB of memory and was ended`,
    where: { file: request.path },
  };
}

/** What a renderer wrote before it ended tells why. */
export function crashed(request: RenderRequest, limits: RenderLimits, reason: string): Problem {
  if (/out of memory|cannot allocate memory|memory limit/i.test(reason)) return overMemory(request, limits);
  const lines = reason.split('\n').filter((line) => line.trim() !== '');
  const first = lines.find((line) => /^(fatal error|panic):/.test(line)) ?? lines[0] ?? 'without a word';
  const overflow = /stack overflow|Maximum call stack|stack exceeds/i.test(reason);
  return {
    code: 'render.crashed',
    message: overflow ? 'rendering never stopped calling itself and was ended' : `the renderer ended: ${first.trim()}`,
    where: { file: request.path },
  };
}
