import { expect, test } from 'vitest';
import { proxyFor } from './proxy.ts';

const proxy = 'http://proxy.example.org:3128';

test.each([
  ['https://a.example.org', { HTTPS_PROXY: proxy }, proxy],
  ['https://a.example.org', { https_proxy: 'proxy.example.org:3128' }, proxy],
  ['http://a.example.org', { HTTPS_PROXY: proxy }, undefined],
  ['http://a.example.org', { HTTP_PROXY: proxy }, proxy],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
  ['https://a.example.org', { HTTPS_PROXY: '' }, undefined],
])('%s with %j', (server, environment, expected) => {
  expect(proxyFor(server, environment)).toBe(expected);
});

test.each([
  ['*', true],
  ['example.org', true],
  ['.example.org', true],
  ['*.example.org', true],
  ['a.example.org', true],
  ['other.org, A.Example.org', true],
  ['a.example.org:6443', true],
  ['a.example.org:443', false],
  ['ample.org', false],
  ['10.0.0.0/8', false],
])('NO_PROXY=%s', (NO_PROXY, excepted) => {
  expect(proxyFor('https://a.example.org:6443', { HTTPS_PROXY: proxy, NO_PROXY }) === undefined).toBe(excepted);
});

test.each([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['10.1.2.3', '10.1.2.3', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '10.0.0.0/99', false],
  ['10.1.2.3', '2.3', false],
  ['[fd00::7]', 'fd00::/8', true],
  ['[fd00::7]', 'fd00::7', true],
  ['[fd00::7]', '10.0.0.0/8', false],
])('%s with NO_PROXY=%s', (host, NO_PROXY, excepted) => {
  expect(proxyFor(`https://${host}:6443`, { HTTPS_PROXY: proxy, NO_PROXY }) === undefined).toBe(excepted);
});
