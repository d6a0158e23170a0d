import type { Renderer } from '../render/index.ts';

/** Told how each render ended. */
export type OnRender = (outcome: 'rendered' | 'cached' | 'failed', milliseconds: number) => void;

/** The same renderer, of which each render is told; one that its caller ended is not. */
export function toldRenderer(renderer: Renderer, onRender: OnRender): Renderer {
  return {
    async render(request, files, signal) {
      const begun = performance.now();
      try {
        const result = await renderer.render(request, files, signal);
        onRender(result.cached ? 'cached' : 'rendered', performance.now() - begun);
        return result;
      } catch (error) {
        if (!signal.aborted) onRender('failed', performance.now() - begun);
        throw error;
      }
    },
    close: () => renderer.close(),
    get stats() {
      return renderer.stats;
    },
  };
}
