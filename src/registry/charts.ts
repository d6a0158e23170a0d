import type { Digest } from './digest.ts';
import type { Wish } from './selector.ts';

/** A version of a chart that was found, and how to get it. */
export interface FoundChart {
  readonly version: string | undefined;
  /** Of the manifest in a registry, of the archive in a Helm repository; undefined where only the content tells. */
  readonly digest: Digest | undefined;
  readonly ref: string;
  readonly createdAt: Date;
  readonly source: string | undefined;
  readonly revision: string | undefined;
  /** The packed chart, checked against its digest. */
  archive(signal: AbortSignal): Promise<Buffer>;
}

/** Charts by name and version, whichever kind of repository they are in. */
export interface ChartRepository {
  /**
   * @param options.freshMilliseconds what was learnt so lately need not be asked again
   * @throws PlumbError `registry.not-found` and more, see the catalogue
   */
  find(
    chart: string,
    wish: Wish,
    options: { readonly freshMilliseconds: number; readonly signal: AbortSignal },
  ): Promise<FoundChart>;
}
