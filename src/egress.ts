import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIn, isWithin, meaningsOf, parseRange, refusedRanges, type AddressRange } from './egress-address.ts';
import { plumbError, PlumbError, type Problem } from './errors.ts';

/** Where this installation may connect to, as its operator writes it. */
export interface EgressRules {
  /**
   * Hosts (`git.example.com`), all hosts below one (`*.example.com`), all hosts (`*`), addresses and ranges
   * (`10.0.0.0/8`). Where there is any, nothing else is connected to.
   */
  readonly allow?: readonly string[];
  /** The same forms; what is denied is not allowed by anything. */
  readonly deny?: readonly string[];
}

/** Where this installation may connect to. */
export interface Egress {
  /**
   * Looks at the host of a URL; addresses that a name stands for are looked at by `lookup`, at the connection.
   * Has to be called for every hop: a host that is an address is never looked up.
   * @throws PlumbError `egress.refused`
   */
  check(url: string | URL): void;
  /** As `check`, for a host name or an address without a URL; IPv6 with or without brackets. */
  checkHost(host: string): void;
  /**
   * Looks a name up for `net.connect`, `http.Agent` or undici's `connect`, and leaves out every address that must not
   * be connected to. As the connection is made to what was looked at, a name that changes its mind gains nothing.
   * Calls back with `egress.refused` where none is left.
   */
  readonly lookup: LookupFunction;
  /**
   * The addresses that a host may be reached at, for a program that connects by itself and has to be told them.
   * @throws PlumbError `egress.refused`; the resolver's error; the reason of `signal`
   */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** Looks a name up with all its addresses, as `dns.lookup` does. */
export type Resolver = (
  host: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

interface HostRule {
  readonly kind: 'host';
  readonly host: string;
  readonly below: boolean;
}

type Rule = HostRule | { readonly kind: 'range'; readonly range: AddressRange } | { readonly kind: 'all' };

const lookupAll: Resolver = (host, callback) =>
  systemLookup(host, { all: true }, (error, addresses) => callback(error, addresses ?? []));

/**
 * Makes the one judge of where to connect to. Without rules it refuses link-local addresses, those of cloud metadata,
 * the unspecified ones and multicast; a range that is allowed and lies within one of these takes it out of them.
 * @throws PlumbError `egress.rule-invalid`, with every rule that cannot be read
 */
export function createEgress(rules: EgressRules = {}, resolver: Resolver = lookupAll): Egress {
  const problems: Problem[] = [];
  const read = (texts: readonly string[]): Rule[] => texts.flatMap((text) => parseRule(text, problems) ?? []);
  const allowed = read(rules.allow ?? []);
  const denied = read(rules.deny ?? []);
  const [first, ...rest] = problems;
  if (first !== undefined) throw new PlumbError([first, ...rest]);

  const allowedRanges = rangesOf(allowed);
  const deniedRanges = rangesOf(denied);

  const mayReach = (address: string, isNamed: boolean): boolean => {
    const meanings = meaningsOf(address);
    if (meanings === undefined) return false;
    return meanings.every((meaning, index) => {
      if (deniedRanges.some((range) => isIn(meaning, range))) return false;
      const opened = allowedRanges.filter((range) => isIn(meaning, range));
      const closed = refusedRanges.filter((range) => isIn(meaning, range));
      if (closed.some((range) => !opened.some((open) => isWithin(open, range)))) return false;
      // What the address itself is written as has to be allowed; what it stands for besides, only not refused.
      return isNamed || index > 0 || allowed.length === 0 || opened.length > 0;
    });
  };

  const judge = (host: string): { readonly address: boolean; readonly named: boolean } => {
    const isAddress = meaningsOf(host) !== undefined;
    const named = nameHost(allowed, host);
    if (host === '' || nameHost(denied, host)) throw refused(host);
    if (isAddress && !mayReach(host, named)) throw refused(host);
    // A name that no rule allows may still stand for an address that one allows.
    if (!isAddress && !named && allowed.length > 0 && allowedRanges.length === 0) throw refused(host);
    return { address: isAddress, named };
  };

  const find = (text: string, callback: (error: Error | null, addresses: readonly LookupAddress[]) => void): void => {
    const host = hostOf(text);
    let verdict: ReturnType<typeof judge>;
    try {
      verdict = judge(host);
    } catch (error) {
      callback(error as Error, []);
      return;
    }
    if (verdict.address) {
      callback(null, [{ address: host, family: host.includes(':') ? 6 : 4 }]);
      return;
    }
    resolver(text, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const reachable = addresses.filter(({ address }) => mayReach(address, verdict.named));
      callback(reachable.length === 0 ? refused(host) : null, reachable);
    });
  };

  return {
    check: (url) => void judge(hostOf(URL.parse(String(url))?.hostname ?? '')),
    checkHost: (host) => void judge(hostOf(host)),
    lookup: (host, options, callback) => {
      // Never in the same turn: a caller may hold on to what is not there yet.
      queueMicrotask(() =>
        find(host, (error, found) => {
          const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
          const addresses = found.filter((each) => family === 0 || each.family === family);
          const [only] = addresses;
          if (error !== null) callback(error, [], 0);
          else if (only === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), [], 0);
          else if (options.all === true) callback(null, addresses, only.family);
          else callback(null, only.address, only.family);
        }),
      );
    },
    resolve: (host, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => reject(signal.reason as Error);
        if (signal.aborted) return abort();
        signal.addEventListener('abort', abort, { once: true });
        find(host, (error, addresses) => {
          signal.removeEventListener('abort', abort);
          if (error === null) resolve(addresses.map(({ address }) => address));
          else reject(error);
        });
      }),
  };
}

/** Brings a host into the one form in which hosts are compared: an address in its usual spelling, a name in ASCII. */
function hostOf(text: string): string {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (meaningsOf(bare) !== undefined) return bare.replace(/%.*$/, '').toLowerCase();
  // The rules of web URLs: 0x7f.1 and 2130706433 are 127.0.0.1 to most programs.
  const url = URL.parse(`http://${bare}/`);
  const isHostAlone = url !== null && url.port === '' && url.username === '' && url.pathname === '/';
  return isHostAlone ? url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '') : '';
}

function rangesOf(rules: readonly Rule[]): readonly AddressRange[] {
  return rules.flatMap((rule) => (rule.kind === 'range' ? [rule.range] : []));
}

function nameHost(rules: readonly Rule[], host: string): boolean {
  return rules.some((rule) => namesHost(rule, host));
}

function namesHost(rule: Rule, host: string): boolean {
  if (rule.kind === 'all') return true;
  if (rule.kind === 'range') return false;
  return rule.below ? host.endsWith(`.${rule.host}`) : host === rule.host;
}

function parseRule(text: string, problems: Problem[]): Rule | undefined {
  if (text === '*') return { kind: 'all' };
  const range = parseRange(text.replace(/^\[(.*)\]$/, '$1'));
  if (range !== undefined) return { kind: 'range', range };
  const below = text.startsWith('*.');
  const name = below ? text.slice(2) : text;
  const host = /[\s/:*?#@[\]\\]/.test(name) ? '' : hostOf(name);
  if (host !== '' && meaningsOf(host) === undefined) return { kind: 'host', host, below };
  problems.push({
    code: 'egress.rule-invalid',
    message: `${JSON.stringify(text.slice(0, 100))} is neither a host, nor \`*.\` before one, nor an address or a range of them`,
  });
  return undefined;
}

/** Says nothing of what the name stands for: who asks may not be allowed to know. */
function refused(host: string): PlumbError {
  const what = host === '' ? 'to a URL without a host' : `to ${host.slice(0, 255)}`;
  return plumbError('egress.refused', `this installation does not connect ${what}`);
}
